package lifecycle

import (
	"go/token"

	"golang.org/x/tools/go/ssa"
)

// isParent reports whether v is the transaction or connection that the resource was
// acquired from.
func (x *explorer) isParent(v ssa.Value, s *state) bool {
	p := x.ob.parent
	if p == nil {
		return false
	}
	r := x.resolve(p, s)
	v = x.resolve(v, s)
	return r == v || sameLoad(x, r, v, s) || x.embeds(r, v, s) || x.embeds(v, r, s)
}

// embeds reports whether v is the resource that outer embeds, as in sqlx.Tx.
func (x *explorer) embeds(outer, v ssa.Value, s *state) bool {
	load, ok := v.(*ssa.UnOp)
	if !ok || load.Op != token.MUL {
		return false
	}
	root, path := x.address(load.X, s)
	if root != outer && !sameLoad(x, root, outer, s) || path == "" {
		return false
	}
	kind, ok := x.an.cat.KindOf(v.Type())
	of, ok2 := x.an.cat.KindOf(outer.Type())
	return ok && ok2 && kind == of
}

// sameLoad reports whether a and b were loaded from the same place.
func sameLoad(x *explorer, a, b ssa.Value, s *state) bool {
	la, ok := a.(*ssa.UnOp)
	lb, ok2 := b.(*ssa.UnOp)
	if !ok || !ok2 || la.Op != token.MUL || lb.Op != token.MUL {
		return false
	}
	ra, pa := x.address(la.X, s)
	rb, pb := x.address(lb.X, s)
	return pa == pb && (ra == rb || sameLoad(x, ra, rb, s))
}
