package retry

import (
	"golang.org/x/tools/go/ssa"

	"github.com/connlint/connlint/internal/calls"
	"github.com/connlint/connlint/internal/catalog"
	"github.com/connlint/connlint/internal/roots"
)

// onces reports the transactions and dedicated connections that a request takes
// with nothing on the way from the root that would try again.
func (e *engine) onces(fn *ssa.Function) {
	for _, call := range e.SSA.Calls(fn) {
		kind := e.takes(call.Common())
		if kind == "" {
			continue
		}
		reach := e.roots.Reached(call)
		if reach == nil || reach.Root.Word == roots.Loop || e.retried(call, 6) || e.retriedOnTheWay(reach) {
			continue
		}
		e.report(&Fault{
			Category: Once,
			Pos:      call.Pos(),
			End:      call.Pos(),
			What:     calls.Title(call.Common()),
			Kind:     kind,
			Related:  reach.Root.Pos,
		})
	}
}

// takes returns Tx or Conn if the call takes one from a pool, else "".
func (e *engine) takes(c *ssa.CallCommon) catalog.Kind {
	for _, f := range e.SSA.Catalog.Lookup(e.SSA.NameOf(c), "wait") {
		if f.Kind == catalog.Tx || f.Kind == catalog.Conn {
			return f.Kind
		}
	}
	return ""
}

func (e *engine) retriedOnTheWay(reach *roots.Reach) bool {
	for _, instr := range reach.Via {
		if call, ok := instr.(ssa.CallInstruction); ok && e.retried(call, 6) {
			return true
		}
	}
	return false
}
