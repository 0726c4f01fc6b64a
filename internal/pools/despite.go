package pools

import (
	"slices"

	"golang.org/x/tools/go/ssa"

	"github.com/connlint/connlint/internal/catalog"
)

// takesTx reports whether fn is given a transaction that is always there and stays open:
// it neither asks whether it is nil, nor ends it, nor hands it to a literal.
func (r *Result) takesTx(fn *ssa.Function) bool {
	return slices.ContainsFunc(fn.Params, func(p *ssa.Parameter) bool {
		kind, ok := r.SSA.Catalog.KindOf(p.Type())
		return ok && kind == catalog.Tx && p.Referrers() != nil && !slices.ContainsFunc(*p.Referrers(), r.unsettles)
	})
}

// unsettles reports whether a use of a transaction makes it uncertain that it is open, or
// that it is the one that counts.
func (r *Result) unsettles(use ssa.Instruction) bool {
	switch use := use.(type) {
	case *ssa.BinOp, *ssa.Store, *ssa.Phi, *ssa.Return:
		return true
	case ssa.CallInstruction:
		return len(r.SSA.Catalog.Lookup(r.SSA.NameOf(use.Common()), "release")) > 0
	}
	return false
}

// givesHeld reports whether a call is given a transaction or a connection, or is one of
// its methods.
func (r *Result) givesHeld(call ssa.CallInstruction) bool {
	c := call.Common()
	return c.IsInvoke() && r.isHeld(c.Value.Type()) ||
		slices.ContainsFunc(c.Args, func(v ssa.Value) bool { return r.isHeld(v.Type()) })
}
