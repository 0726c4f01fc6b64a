package lifecycle

import (
	"go/ast"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/ssa"

	"github.com/connlint/connlint/internal/catalog"
	"github.com/connlint/connlint/internal/testcode"
)

// commits files the commits whose error nobody can see. An error assigned to the
// blank identifier is taken to be meant, and so is anything in a test.
func (e *engine) commits(fn *ssa.Function) {
	for _, b := range fn.Blocks {
		for _, instr := range b.Instrs {
			call, ok := instr.(ssa.CallInstruction)
			if !ok || !e.isCommit(call.Common()) || testcode.Has(fn) {
				continue
			}
			site := e.sitesOf().calls[call.Common().Pos()]
			if site == nil {
				continue
			}
			e.guard(fn, func() {
				if exit, lost := e.commitLost(fn, call, site); lost {
					e.result.Faults = append(e.result.Faults, &Fault{
						Sort: CommitLost, Kind: catalog.Tx, Pos: site.call.Pos(), End: site.call.End(),
						Call: e.callName(call), Exit: exit,
					})
				}
			})
		}
	}
	for _, lit := range fn.AnonFuncs {
		e.commits(lit)
	}
}

// commitLost reports whether the error of a commit is dropped, and where the function
// returns as if there were none.
func (e *engine) commitLost(fn *ssa.Function, call ssa.CallInstruction, site *callSite) (token.Pos, bool) {
	if _, deferred := call.(*ssa.Defer); deferred {
		return token.NoPos, true
	}
	if _, statement := site.stmt.(*ast.ExprStmt); statement {
		return token.NoPos, true
	}
	err := resultValue(call, 0)
	if err == nil || err.Referrers() == nil || len(*err.Referrers()) == 0 {
		return token.NoPos, false // assigned to the blank identifier
	}
	if isOnlyDeferred(fn) {
		return token.NoPos, returnsError(fn.Parent()) && !reachesResult(fn, err)
	}
	if !returnsError(fn) {
		return token.NoPos, false
	}
	return e.returnsDespite(fn, call, err)
}

// isOnlyDeferred reports whether fn is a literal that is deferred and nothing else.
func isOnlyDeferred(fn *ssa.Function) bool {
	if fn.Parent() == nil {
		return false
	}
	deferred := false
	for _, b := range fn.Parent().Blocks {
		for _, instr := range b.Instrs {
			switch t := instr.(type) {
			case *ssa.MakeClosure:
				if t.Fn == ssa.Value(fn) {
					if !onlyDeferred(t) {
						return false
					}
					deferred = true
				}
			}
		}
	}
	return deferred
}

func returnsError(fn *ssa.Function) bool {
	n := fn.Signature.Results().Len()
	return n > 0 && isError(fn.Signature.Results().At(n-1).Type())
}

// reachesResult reports whether a deferred literal may hand an error on: it stores
// something in a named result of the function around it, panics with it, or gives it
// away.
func reachesResult(lit *ssa.Function, err ssa.Value) bool {
	results := namedResults(lit.Parent())
	for i, fv := range lit.FreeVars {
		if !results[bindingOf(lit, i)] || fv.Referrers() == nil {
			continue
		}
		for _, ref := range *fv.Referrers() {
			if st, ok := ref.(*ssa.Store); ok && st.Addr == ssa.Value(fv) {
				return true
			}
			if _, ok := ref.(*ssa.UnOp); !ok {
				return true // its address goes somewhere
			}
		}
	}
	for _, ref := range *err.Referrers() {
		switch ref.(type) {
		case *ssa.Panic, *ssa.Send:
			return true
		}
	}
	return false
}

// bindingOf returns the variable that free variable i of a literal stands for.
func bindingOf(lit *ssa.Function, i int) ssa.Value {
	for _, b := range lit.Parent().Blocks {
		for _, instr := range b.Instrs {
			if mc, ok := instr.(*ssa.MakeClosure); ok && mc.Fn == ssa.Value(lit) && i < len(mc.Bindings) {
				return mc.Bindings[i]
			}
		}
	}
	return nil
}

// namedResults returns the variables that the returns of fn load their results from.
func namedResults(fn *ssa.Function) map[ssa.Value]bool {
	out := map[ssa.Value]bool{}
	for _, b := range fn.Blocks {
		ret, ok := b.Instrs[len(b.Instrs)-1].(*ssa.Return)
		if !ok {
			continue
		}
		for _, r := range ret.Results {
			if load, ok := r.(*ssa.UnOp); ok && load.Block() == b && afterDefers(load) {
				out[load.X] = true
			}
		}
	}
	return out
}

// afterDefers reports whether v is loaded after the deferred calls have run.
func afterDefers(v *ssa.UnOp) bool {
	for _, instr := range v.Block().Instrs {
		switch instr.(type) {
		case *ssa.RunDefers:
			return true
		}
		if instr == ssa.Instruction(v) {
			return false
		}
	}
	return false
}

// returnsDespite asks whether fn returns no error where the commit failed.
func (e *engine) returnsDespite(fn *ssa.Function, call ssa.CallInstruction, err ssa.Value) (token.Pos, bool) {
	x := e.newExplorer(&obligation{goal: unchecked, fn: fn, site: call, err: err, res: &symbol{name: "nothing", sort: unknownSym}})
	for _, ex := range x.follow() {
		n := len(ex.results)
		if n > 0 && x.nilness(ex.results[n-1], ex.state) == yes {
			return ex.pos, !x.gaveUp
		}
	}
	return token.NoPos, false
}

func (e *engine) isCommit(common *ssa.CallCommon) bool {
	c := e.calleeOf(common)
	if c == nil {
		return false
	}
	for _, f := range c.facts {
		if f.Verb == "release" && f.Kind == catalog.Tx && f.Attr["end"] == "commit" && returnsOnlyError(c.fn) {
			return true
		}
	}
	return false
}

func returnsOnlyError(fn *types.Func) bool {
	res := fn.Signature().Results()
	return res.Len() == 1 && isError(res.At(0).Type())
}
