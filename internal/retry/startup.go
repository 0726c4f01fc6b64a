package retry

import (
	"go/types"

	"golang.org/x/tools/go/ssa"

	"github.com/connlint/connlint/internal/calls"
	"github.com/connlint/connlint/internal/pools"
	"github.com/connlint/connlint/internal/roots"
)

// startups reports the first contacts that are tried once and whose failure ends
// the start: on the spot, or by handing the error out of the function that opened
// the pool.
func (e *engine) startups(fn *ssa.Function) {
	if fn.Pkg != nil && fn.Pkg.Pkg.Name() == "main" && !e.roots.Serves {
		return // a command that is run by hand: whoever runs it sees the error
	}
	for call := range callsIn(fn) {
		what := e.contact(call)
		if what == "" || e.roots.Reached(call) != nil || e.inProcess(fn) {
			continue
		}
		dies, returns := e.failure(call)
		if !dies && !(returns && e.opensHere(fn) && !takesConn(e, call)) || e.retried(call, 6) {
			continue
		}
		e.report(&Fault{Category: Startup, Pos: call.Pos(), End: call.Pos(), What: what, Dies: dies})
	}
}

// takesConn reports whether a call takes a connection for some purpose of its own:
// one that fails is the caller's affair, unless the process ends.
func takesConn(e *engine, call ssa.CallInstruction) bool { return e.takes(call.Common()) != "" }

// contact returns the driver's function by which a call contacts the server; "" if
// it does not, or if that was reported where the callee stands.
func (e *engine) contact(call ssa.CallInstruction) string {
	c := call.Common()
	if len(e.SSA.Catalog.Lookup(calls.Name(c), "contact")) > 0 {
		return calls.Title(c)
	}
	if a := e.aboutCallee(c); a != nil {
		return a.contacts
	}
	return ""
}

// contactOf returns by what fn contacts the server, if its error can be that of a
// contact tried once that nothing was reported about.
func (e *engine) contactOf(fn *ssa.Function) string {
	if !calls.ReturnsError(fn.Signature) || roots.InTest(fn) || e.opensHere(fn) {
		return ""
	}
	for call := range callsIn(fn) {
		what := e.contact(call)
		if what == "" {
			continue
		}
		if _, returns := e.failure(call); returns && !e.inLoop(call) && !retryName.MatchString(fn.Name()) {
			return what
		}
	}
	return ""
}

func (e *engine) inLoop(call ssa.CallInstruction) bool {
	for _, l := range e.loops[call.Parent()] {
		if l.blocks[call.Block()] {
			return true
		}
	}
	return false
}

// opensHere reports whether fn opens a pool, itself or by a callee that hands it one,
// and not only for a moment: what it also closes serves one job.
func (e *engine) opensHere(fn *ssa.Function) bool {
	for _, p := range e.opened[fn] {
		switch p.Fate {
		case pools.Used, pools.Returned, pools.Lost:
			return true
		}
	}
	return false
}

// inProcess reports whether every pool that fn opens is certainly no server's.
func (e *engine) inProcess(fn *ssa.Function) bool {
	for _, p := range e.opened[fn] {
		if p.Engine != pools.InProcess && p.Engine != pools.Mock {
			return false
		}
	}
	return len(e.opened[fn]) > 0
}

// failure reports what becomes of the error of a call: whether it ends the process,
// and whether the function returns it.
func (e *engine) failure(call ssa.CallInstruction) (dies, returns bool) {
	err := calls.Error(call)
	if err == nil || err.Referrers() == nil {
		return false, false
	}
	fn := call.Parent()
	flow := carriersOf(err)
	for _, b := range fn.Blocks {
		x, failed, ok := errorTest(b)
		if ok && flow[x] && within(call, b) {
			f := e.fate(b.Succs[failed], map[*ssa.BasicBlock]fate{})
			dies, returns = dies || f.dies, returns || f.returns
		}
		if ret, ok := last(b).(*ssa.Return); ok {
			for _, v := range ret.Results {
				returns = returns || v == err
			}
		}
	}
	return dies, returns
}

// carriersOf returns the values that are err or may be err at a join.
func carriersOf(err ssa.Value) map[ssa.Value]bool {
	flow := map[ssa.Value]bool{err: true}
	for _, ref := range *err.Referrers() {
		switch ref := ref.(type) {
		case *ssa.Phi:
			flow[ref] = true
		case *ssa.Store: // a named result or a captured variable
			if alloc, ok := ref.Addr.(*ssa.Alloc); ok {
				for _, use := range *alloc.Referrers() {
					if load, ok := use.(*ssa.UnOp); ok && load.Block() == ref.Block() {
						flow[load] = true
					}
				}
			}
		}
	}
	return flow
}

// within reports whether the test in b comes right after the call: no other call
// that may fail lies between.
func within(call ssa.CallInstruction, b *ssa.BasicBlock) bool {
	return call.Block() == b || call.Block().Dominates(b)
}

// A fate is what becomes of a failure.
type fate struct{ dies, returns bool }

// fate follows the failing side of a test and reports whether every way from there
// ends the process, or returns an error.
func (e *engine) fate(b *ssa.BasicBlock, memo map[*ssa.BasicBlock]fate) fate {
	if f, ok := memo[b]; ok {
		return f
	}
	memo[b] = fate{true, true} // a way back settles nothing
	f := e.fateOf(b, memo)
	memo[b] = f
	return f
}

func (e *engine) fateOf(b *ssa.BasicBlock, memo map[*ssa.BasicBlock]fate) fate {
	for _, instr := range b.Instrs {
		switch instr := instr.(type) {
		case *ssa.Panic:
			return fate{dies: true}
		case ssa.CallInstruction:
			if len(e.SSA.Catalog.Lookup(calls.Name(instr.Common()), "noreturn")) > 0 {
				return fate{dies: true}
			}
		case *ssa.Return:
			n := len(instr.Results)
			return fate{returns: n > 0 && types.Identical(instr.Results[n-1].Type(), calls.ErrorType) && !isNil(instr.Results[n-1])}
		}
	}
	if len(b.Succs) == 0 {
		return fate{}
	}
	f := fate{true, true}
	for _, s := range b.Succs {
		next := e.fate(s, memo)
		f.dies, f.returns = f.dies && next.dies, f.returns && next.returns
	}
	return f
}

func last(b *ssa.BasicBlock) ssa.Instruction { return b.Instrs[len(b.Instrs)-1] }
