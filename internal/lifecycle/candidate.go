package lifecycle

import (
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/ssa"

	"github.com/connlint/connlint/internal/catalog"
)

// A candidate is a place in a parameter where a resource may be.
type candidate struct {
	path  string
	kinds []catalog.Kind
	typ   types.Type
	goals []goal
}

// candidates returns the places in p that a resource may be in and that the function
// does more with than look.
func (e *engine) candidates(p *ssa.Parameter) []candidate {
	var out []candidate
	if c, ok := e.candidate(p.Type(), ""); ok && e.involved(p, 0) {
		out = append(out, c)
	}
	if len(out) == 0 && e.holder(p.Type()) && e.handsOn(p) {
		out = append(out, candidate{kinds: []catalog.Kind{""}, typ: p.Type(), goals: []goal{giveBack}})
	}
	seen := map[string]bool{}
	var fields func(v ssa.Value, path string, depth int)
	fields = func(v ssa.Value, path string, depth int) {
		if v.Referrers() == nil || depth > 3 {
			return
		}
		for _, ref := range *v.Referrers() {
			var at string
			switch t := ref.(type) {
			case *ssa.FieldAddr:
				at = path + fieldPath(t.Field)
				fields(t, at, depth+1)
				if t.Referrers() == nil {
					continue
				}
				for _, r := range *t.Referrers() {
					load, ok := r.(*ssa.UnOp)
					if !ok {
						continue
					}
					e.through(load, at, seen, &out)
					fields(load, at, depth+1)
					if seen[at] {
						continue
					}
					if c, ok := e.candidate(load.Type(), at); ok && e.involved(load, 0) {
						seen[at] = true
						out = append(out, c)
					}
				}
			case *ssa.Field:
				at = path + fieldPath(t.Field)
				if c, ok := e.candidate(t.Type(), at); ok && !seen[at] && e.involved(t, 0) {
					seen[at] = true
					out = append(out, c)
				}
			case *ssa.Store: // the parameter is captured or has its address taken
				if cellVar, ok := t.Addr.(*ssa.Alloc); ok && t.Val == v && cellVar.Referrers() != nil {
					for _, r := range *cellVar.Referrers() {
						switch load := r.(type) {
						case *ssa.UnOp:
							fields(load, path, depth+1)
						case *ssa.FieldAddr: // a struct parameter
							at := path + fieldPath(load.Field)
							if load.Referrers() != nil {
								for _, r := range *load.Referrers() {
									if l, ok := r.(*ssa.UnOp); ok {
										e.through(l, at, seen, &out)
									}
								}
							}
							if c, ok := e.candidate(deref(load.Type()), at); ok && !seen[at] {
								seen[at] = true
								out = append(out, c)
							}
						case *ssa.MakeClosure:
							e.captured(load, cellVar, path, seen, &out)
						}
					}
				}
			}
		}
	}
	e.through(p, "", seen, &out)
	fields(p, "", 0)
	slices.SortFunc(out, func(a, b candidate) int { return strings.Compare(a.path, b.path) })
	return out
}

// holder reports whether t is a struct, or a pointer to one, that a resource may be in.
func (e *engine) holder(t types.Type) bool {
	_, ok := deref(t).Underlying().(*types.Struct)
	return ok && e.mayHold(t, 0)
}

// handsOn reports whether the function stores, returns or passes on v itself; calling
// its methods and looking at its fields do not count.
func (e *engine) handsOn(v ssa.Value) bool {
	if v.Referrers() == nil {
		return false
	}
	for _, ref := range *v.Referrers() {
		switch t := ref.(type) {
		case *ssa.Store:
			if t.Val != v {
				continue
			}
			if a, ok := t.Addr.(*ssa.Alloc); ok && a.Comment == v.Name() {
				continue // a parameter that lives in a cell
			}
			return true
		case *ssa.Return, *ssa.MapUpdate, *ssa.Send:
			return true
		case *ssa.MakeInterface, *ssa.ChangeType:
			if e.handsOn(t.(ssa.Value)) {
				return true
			}
		case ssa.CallInstruction:
			for i, a := range t.Common().Args {
				if a == v && (i > 0 || t.Common().IsInvoke() || t.Common().Signature().Recv() == nil) {
					return true
				}
			}
		}
	}
	return false
}

// through adds the places that the callees of v, which is at path of a parameter, do
// more with than look.
func (e *engine) through(v ssa.Value, path string, seen map[string]bool, out *[]candidate) {
	if v.Referrers() == nil {
		return
	}
	for _, ref := range *v.Referrers() {
		call, ok := ref.(ssa.CallInstruction)
		if !ok || call.Common().IsInvoke() {
			continue
		}
		c := e.calleeOf(call.Common())
		if c == nil || c.sum == nil {
			continue
		}
		for _, p := range c.sum.Params {
			at := path + p.Path
			if p.Goal != giveBack || p.Path == "" || p.Index >= len(call.Common().Args) || call.Common().Args[p.Index] != v || seen[at] || strings.Count(at, ".") > 3 {
				continue
			}
			seen[at] = true
			*out = append(*out, candidate{path: at, kinds: []catalog.Kind{p.Kind}, goals: []goal{giveBack, readError, readEnded}})
		}
	}
}

// captured finds the fields of a captured parameter that a literal releases.
func (e *engine) captured(mc *ssa.MakeClosure, cellVar ssa.Value, path string, seen map[string]bool, out *[]candidate) {
	fn := mc.Fn.(*ssa.Function)
	for i, b := range mc.Bindings {
		if b != cellVar || fn.FreeVars[i].Referrers() == nil {
			continue
		}
		for _, r := range *fn.FreeVars[i].Referrers() {
			load, ok := r.(*ssa.UnOp)
			if !ok || load.Referrers() == nil {
				continue
			}
			for _, r := range *load.Referrers() {
				fa, ok := r.(*ssa.FieldAddr)
				if !ok {
					continue
				}
				at := path + fieldPath(fa.Field)
				if c, ok := e.candidate(deref(fa.Type()), at); ok && !seen[at] {
					seen[at] = true
					*out = append(*out, c)
				}
			}
		}
	}
}

func deref(t types.Type) types.Type {
	if p, ok := t.Underlying().(*types.Pointer); ok {
		return p.Elem()
	}
	return t
}

// candidate reports whether a value of type t at path may be a resource, and what is
// to be asked of it.
func (e *engine) candidate(t types.Type, path string) (candidate, bool) {
	c := candidate{path: path, typ: t, goals: []goal{giveBack}}
	if kind, ok := e.cat.KindOf(t); ok {
		c.kinds = []catalog.Kind{kind}
		if kind == catalog.Rows {
			c.goals = append(c.goals, readError, readEnded)
		}
		return c, true
	}
	iface, ok := t.Underlying().(*types.Interface)
	if !ok || isError(t) || isContext(t) {
		return c, false
	}
	if iface.NumMethods() == 0 {
		c.kinds = []catalog.Kind{""}
		return c, true
	}
	for i := range iface.NumMethods() {
		switch name := iface.Method(i).Name(); name {
		case "Scan":
			c.kinds = append(c.kinds, catalog.Row)
		case "Next":
			c.goals = append(c.goals, readError, readEnded)
			if !slices.Contains(c.kinds, "") {
				c.kinds = append(c.kinds, "")
			}
		case "Close", "Release", "Commit", "Rollback":
			if !slices.Contains(c.kinds, "") {
				c.kinds = append(c.kinds, "")
			}
		}
	}
	return c, len(c.kinds) > 0
}

// involved reports whether v is used for more than calling methods that only look.
// It errs on the side of yes.
func (e *engine) involved(v ssa.Value, depth int) bool {
	if v.Referrers() == nil || depth > 4 {
		return true
	}
	for _, ref := range *v.Referrers() {
		switch t := ref.(type) {
		case *ssa.FieldAddr:
			if t.Referrers() == nil {
				continue
			}
			for _, r := range *t.Referrers() { // the methods of an embedded resource
				if load, ok := r.(*ssa.UnOp); ok && e.isResource(load.Type()) && e.involved(load, depth+1) {
					return true
				}
			}
		case *ssa.DebugRef, *ssa.BinOp, *ssa.Field:
		case *ssa.ChangeType, *ssa.ChangeInterface, *ssa.MakeInterface, *ssa.TypeAssert, *ssa.UnOp:
			if e.involved(t.(ssa.Value), depth+1) {
				return true
			}
		case *ssa.Call:
			if !e.looks(t.Common(), v) {
				return true
			}
		default:
			return true
		}
	}
	return false
}

func (e *engine) isResource(t types.Type) bool {
	_, ok := e.cat.KindOf(t)
	return ok
}

// looks reports whether a call uses v only as the receiver of a method that neither
// releases nor reads.
func (e *engine) looks(common *ssa.CallCommon, v ssa.Value) bool {
	c := e.calleeOf(common)
	if c == nil {
		return false
	}
	for i, a := range common.Args {
		if a == v && (i > 0 || !c.method || common.IsInvoke()) {
			return false
		}
	}
	for _, f := range c.facts {
		switch f.Verb {
		case "release", "exhaust", "check", "consume", "derive":
			return false
		}
	}
	if len(c.facts) > 0 {
		return true
	}
	if common.IsInvoke() {
		switch name := c.fn.Name(); {
		case name == "Next", name == "Err", name == "Scan", endsSomething[name]:
			return false
		}
		return true
	}
	return c.sum != nil && len(c.sum.Params) == 0
}
