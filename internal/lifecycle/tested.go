package lifecycle

import (
	"strings"

	"golang.org/x/tools/go/ssa"
)

// What a variable holds matters to a path only if something asks for it: a function that
// sets a flag for each column of a row, and never looks at the flags, has one path, not
// two to the power of the columns.

// tested reports whether a condition, a return or somebody unknown may depend on the
// value of a phi.
func (e *engine) tested(phi *ssa.Phi) bool {
	known, ok := e.asked[phi]
	if !ok {
		e.asked[phi] = false // while it is computed: a loop alone asks nothing
		known = asks(phi, map[ssa.Value]bool{})
		e.asked[phi] = known
	}
	return known
}

// asks reports whether something is decided by v, or by what is made of it.
func asks(v ssa.Value, seen map[ssa.Value]bool) bool {
	if seen[v] || v.Referrers() == nil {
		return false
	}
	seen[v] = true
	for _, ref := range *v.Referrers() {
		switch t := ref.(type) {
		case *ssa.DebugRef:
		case *ssa.Phi:
			if asks(t, seen) {
				return true
			}
		case *ssa.MakeInterface:
			if asks(t, seen) {
				return true
			}
		case *ssa.Store:
			switch t.Addr.(type) {
			case *ssa.IndexAddr: // an argument of Exec
			default:
				return true
			}
		case *ssa.MapUpdate:
		default:
			return true
		}
	}
	return false
}

// loads are the paths of a variable at which the function loads something.
type loads struct {
	all   bool // or somebody else may
	paths map[string]bool
}

// loadsOf returns what the function loads of a variable.
func (e *engine) loadsOf(a *ssa.Alloc) *loads {
	l := e.loaded[a]
	if l == nil {
		l = &loads{paths: map[string]bool{}}
		e.loaded[a] = l
		l.collect(a, "")
	}
	return l
}

func (l *loads) collect(addr ssa.Value, path string) {
	if addr.Referrers() == nil {
		l.all = true
		return
	}
	for _, ref := range *addr.Referrers() {
		switch t := ref.(type) {
		case *ssa.DebugRef:
		case *ssa.FieldAddr:
			l.collect(t, path+fieldPath(t.Field))
		case *ssa.UnOp:
			if !onlyGathered(t) {
				l.paths[path] = true
			}
		case *ssa.Store:
			if t.Val == addr {
				if _, element := t.Addr.(*ssa.IndexAddr); !element {
					l.all = true
				}
			}
		case *ssa.MakeInterface: // to be scanned into
			l.all = l.all || !onlyGathered(t)
		default:
			l.all = true
		}
	}
}

// onlyGathered reports whether a value only goes into slices and maps, as the arguments
// of Exec and what is collected do.
func onlyGathered(v ssa.Value) bool {
	for _, ref := range *v.Referrers() {
		switch t := ref.(type) {
		case *ssa.DebugRef, *ssa.MapUpdate:
		case *ssa.MakeInterface:
			if !onlyGathered(t) {
				return false
			}
		case *ssa.Store:
			if _, element := t.Addr.(*ssa.IndexAddr); !element {
				return false
			}
		default:
			return false
		}
	}
	return true
}

// unasked reports whether nothing will ask for the content of a cell: a field that is
// stored to and not loaded.
func (x *explorer) unasked(c cell, s *state) bool {
	a, ok := c.root.(*ssa.Alloc)
	if !ok || c.path == "" || c.path == zeroFields || x.carries(c.val, s) {
		return false
	}
	l := x.an.loadsOf(a)
	if l.all {
		return false
	}
	for path := range l.paths {
		if under(c.path, path) || under(path, c.path) || strings.Contains(path, "[]") {
			return false
		}
	}
	return true
}
