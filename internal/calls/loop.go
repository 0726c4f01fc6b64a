package calls

import (
	"slices"

	"golang.org/x/tools/go/ssa"

	"github.com/connlint/connlint/internal/catalog"
)

// WhileNext returns the calls that run only after rows, the result of an acquire, has
// just been moved to a row: those inside
//
//	for rows.Next() { … }
//
// which hold for certain what rows holds, up to a call that closes them there.
func WhileNext(cat *catalog.Catalog, rows ssa.Value) []ssa.CallInstruction {
	if rows == nil || rows.Parent() == nil {
		return nil
	}
	var inside []ssa.CallInstruction
	for _, b := range rows.Parent().Blocks {
		if body := bodyOfNext(cat, b, rows); body != nil {
			inside = append(inside, callsBelow(cat, body, rows)...)
		}
	}
	return inside
}

// bodyOfNext returns the block that runs if b ends by finding that rows has a row;
// nil if b does something else.
func bodyOfNext(cat *catalog.Catalog, b *ssa.BasicBlock, rows ssa.Value) *ssa.BasicBlock {
	cond, ok := b.Instrs[len(b.Instrs)-1].(*ssa.If)
	if !ok {
		return nil
	}
	call, ok := cond.Cond.(*ssa.Call)
	if !ok || len(cat.Lookup(Name(&call.Call), "exhaust")) == 0 || !isValue(Receiver(&call.Call), rows) {
		return nil
	}
	if body := b.Succs[0]; len(body.Preds) == 1 {
		return body
	}
	return nil
}

// callsBelow returns the calls in the blocks that body dominates, without those that
// a release of rows dominates.
func callsBelow(cat *catalog.Catalog, body *ssa.BasicBlock, rows ssa.Value) []ssa.CallInstruction {
	var found []ssa.CallInstruction
	var closed []*ssa.BasicBlock
	for _, b := range body.Parent().DomPreorder() {
		if !body.Dominates(b) || slices.ContainsFunc(closed, func(c *ssa.BasicBlock) bool { return c.Dominates(b) }) {
			continue
		}
		for _, instr := range b.Instrs {
			call, ok := instr.(*ssa.Call)
			if !ok {
				continue
			}
			if len(cat.Lookup(Name(&call.Call), "release")) > 0 && isValue(Receiver(&call.Call), rows) {
				closed = append(closed, b)
				break
			}
			found = append(found, call)
		}
	}
	return found
}

// isValue reports whether v is want, or what a variable holds that only want is
// stored in.
func isValue(v, want ssa.Value) bool {
	if v == want {
		return true
	}
	load, ok := v.(*ssa.UnOp)
	if !ok {
		return false
	}
	alloc, ok := load.X.(*ssa.Alloc)
	if !ok {
		return false
	}
	only := false
	for _, ref := range *alloc.Referrers() {
		if st, ok := ref.(*ssa.Store); ok && st.Addr == alloc {
			if st.Val != want {
				return false
			}
			only = true
		}
	}
	return only
}
