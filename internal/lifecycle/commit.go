package lifecycle

import (
	"go/ast"

	"golang.org/x/tools/go/ssa"

	"github.com/connlint/connlint/internal/catalog"
)

// commits files the commits whose error nobody can see. An error assigned to the
// blank identifier is taken to be meant, and so is anything in a test.
func (e *engine) commits(fn *ssa.Function) {
	for _, b := range fn.Blocks {
		for _, instr := range b.Instrs {
			call, ok := instr.(ssa.CallInstruction)
			if !ok || !e.isCommit(call.Common()) {
				continue
			}
			_, deferred := call.(*ssa.Defer)
			site := e.sitesOf().calls[call.Pos()]
			if site == nil {
				continue
			}
			_, statement := site.stmt.(*ast.ExprStmt)
			if !deferred && !statement {
				continue
			}
			if e.inTest(call.Pos()) {
				continue
			}
			e.result.Faults = append(e.result.Faults, &Fault{
				Sort: CommitLost, Kind: catalog.Tx, Pos: site.call.Pos(), End: site.call.End(),
				Call: e.callName(call),
			})
		}
	}
	for _, lit := range fn.AnonFuncs {
		e.commits(lit)
	}
}

func (e *engine) isCommit(common *ssa.CallCommon) bool {
	c := e.calleeOf(common)
	if c == nil {
		return false
	}
	for _, f := range c.facts {
		if f.Verb == "release" && f.Kind == catalog.Tx && f.Attr["end"] == "commit" {
			return true
		}
	}
	return false
}
