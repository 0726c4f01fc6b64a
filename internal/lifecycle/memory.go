package lifecycle

import (
	"go/types"
	"strings"

	"golang.org/x/tools/go/ssa"
)

func fieldPath(i int) string { return "." + itoa(i) }

// load gives v the content of a cell.
func (x *explorer) load(v ssa.Value, root ssa.Value, path string, s *state) {
	if isSym(root, resourceSym) {
		if path == x.ob.errAt && path != "" && root == ssa.Value(x.ob.res) {
			if s.status == absent {
				s.bind(v, anyNonNil)
			} else {
				s.bind(v, anyNil)
			}
			return
		}
		// A field of the resource: an embedded resource is the resource.
		if _, ok := x.an.cat.KindOf(v.Type()); ok {
			s.bind(v, root)
		}
		return
	}
	val, ok := s.loadCell(root, path)
	if !ok {
		if _, isStruct := v.Type().Underlying().(*types.Struct); isStruct && path == "" {
			s.bind(v, root) // the struct as a value: known by its variable
			return
		}
		if _, zero := s.loadCell(root, zeroFields); zero && tracksZero(v.Type()) {
			s.bind(v, anyNil)
		} else if _, captured := root.(*ssa.FreeVar); captured && path == "" && tracked(v.Type()) {
			s.setCell(root, path, v) // unknown, but the same when it is loaded again
		}
		return
	}
	if val != v {
		s.bind(v, val)
	}
}

func tracksZero(t types.Type) bool {
	switch u := t.Underlying().(type) {
	case *types.Basic:
		return u.Info()&(types.IsBoolean|types.IsInteger) != 0
	case *types.Pointer, *types.Interface, *types.Signature:
		return true
	}
	return false
}

// store executes *addr = val.
func (x *explorer) store(addr, val ssa.Value, s *state) {
	root, path := x.address(addr, s)
	v := x.condense(val, s)
	local := x.isLocal(root)
	if x.carries(v, s) && (!local || !x.onlyView(val)) {
		switch {
		case strings.Contains(path, "[") && !local, strings.Contains(path, "[]"):
			x.escape(s)
			return
		case !local:
			x.storeOutside(root, path, s)
			return
		}
	}
	if !local {
		return // memory that others share is not followed
	}
	if path != "" && isSym(v, resourceSym) && x.keepsForGood(root, path) {
		s.kept = true
	}
	s.dropCells(root, path)
	if _, isStruct := val.Type().Underlying().(*types.Struct); isStruct && !isSym(v, resourceSym) {
		x.copyStruct(root, path, v, s)
		return
	}
	if _, isConst := v.(*ssa.Const); isConst || tracked(val.Type()) || x.carries(v, s) {
		s.setCell(root, path, v)
	} else if path == "" {
		s.setCell(root, path, val)
	}
}

// keepsForGood reports whether root is a variable of a type none of whose methods
// releases what is at path.
func (x *explorer) keepsForGood(root ssa.Value, path string) bool {
	_, named := types.Unalias(deref(root.Type())).(*types.Named)
	return named && len(x.an.ownersRelease(root.Type(), path)) == 0
}

// copyStruct copies the known fields of the struct that v stands for.
func (x *explorer) copyStruct(root ssa.Value, path string, v ssa.Value, s *state) {
	for _, c := range append([]cell(nil), s.cells...) {
		if c.root == v && c.path != zeroFields {
			s.setCell(root, path+c.path, c.val)
		}
	}
}

// isLocal reports whether the memory behind root belongs to a frame being explored.
// So does a variable captured by the literal under study, but for what it holds in the
// end: that is the enclosing function's.
func (x *explorer) isLocal(root ssa.Value) bool {
	switch root.(type) {
	case *ssa.Alloc, *ssa.FreeVar:
		return true
	}
	return false
}

// storeOutside handles a resource stored into memory that outlives the path.
func (x *explorer) storeOutside(root ssa.Value, path string, s *state) {
	if p, ok := root.(*ssa.Parameter); ok && p.Parent() == x.ob.fn && s.status == held {
		for i, q := range x.ob.fn.Params {
			if q == p {
				s.status = stored
				x.ob.leaves = true
				s.storedParam, s.storedPath = i, path
				return
			}
		}
	}
	x.escape(s)
}

// escape hands the resource to somebody unknown.
func (x *explorer) escape(s *state) {
	switch s.status {
	case held, ended, absent, stored:
		s.status = gone
		x.ob.leaves, x.ob.escapes = true, true
	}
}
