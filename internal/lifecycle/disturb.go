package lifecycle

import (
	"slices"

	"golang.org/x/tools/go/ssa"
)

// disturb forgets what an unknown callee may have changed: the variables whose
// addresses it got and those that the literals it got assign.
func (x *explorer) disturb(fnVal ssa.Value, args []ssa.Value, s *state) {
	seen := map[ssa.Value]bool{}
	var visit func(v ssa.Value)
	visit = func(v ssa.Value) {
		if seen[v] {
			return
		}
		seen[v] = true
		switch t := v.(type) {
		case *ssa.Alloc:
			for _, c := range slices.Clone(s.cells) {
				if c.root == t && c.path != zeroFields {
					visit(c.val)
				}
			}
			x.unsettle(t, "", s)
		case *ssa.FieldAddr:
			root, path := x.address(t, s)
			x.unsettle(root, path, s)
		case *ssa.MakeClosure:
			fn := t.Fn.(*ssa.Function)
			for i, fv := range fn.FreeVars {
				if i < len(t.Bindings) && assigns(fn, fv, 0) {
					visit(x.resolve(t.Bindings[i], s))
				}
			}
		}
	}
	visit(fnVal)
	for _, a := range args {
		visit(a)
	}
}

// unsettle forgets the cells of root at path and below, except those that lead to the
// resource: whoever could release it there has been asked.
func (x *explorer) unsettle(root ssa.Value, path string, s *state) {
	s.cells = slices.DeleteFunc(s.cells, func(c cell) bool {
		return c.root == root && (c.path == zeroFields || under(c.path, path) && !x.carries(c.val, s))
	})
}

// assigns reports whether fn, or a literal in it, stores through its free variable
// or hands its address on.
func assigns(fn *ssa.Function, fv *ssa.FreeVar, depth int) bool {
	if depth > 4 {
		return true
	}
	if fv.Referrers() == nil {
		return false
	}
	for _, ref := range *fv.Referrers() {
		switch t := ref.(type) {
		case *ssa.UnOp, *ssa.FieldAddr, *ssa.DebugRef:
			if fa, ok := t.(*ssa.FieldAddr); ok && fa.Referrers() != nil {
				for _, r := range *fa.Referrers() {
					if _, isLoad := r.(*ssa.UnOp); !isLoad {
						return true
					}
				}
			}
		case *ssa.MakeClosure:
			inner := t.Fn.(*ssa.Function)
			for i, b := range t.Bindings {
				if b == ssa.Value(fv) && i < len(inner.FreeVars) && assigns(inner, inner.FreeVars[i], depth+1) {
					return true
				}
			}
		default:
			return true
		}
	}
	return false
}
