package retry

import (
	"go/token"

	"golang.org/x/tools/go/ssa"

	"github.com/connlint/connlint/internal/calls"
)

// storms reports the loops that contact the database again and again with neither a
// pause nor an end; and, as Blind, those that write again whatever the error was.
func (e *engine) storms(fn *ssa.Function) {
	for _, l := range e.loops[fn] {
		if !l.triesAgain() || l.ranges() {
			continue
		}
		call := e.databaseCall(fn, l)
		if call == nil {
			continue
		}
		if !l.pauses() && !l.bounded() {
			e.report(&Fault{Category: Storm, Pos: call.Pos(), End: call.Pos(), What: calls.Title(call.Common())})
			continue
		}
		if write := e.blindWrite(fn, l); write != nil {
			e.report(&Fault{Category: Blind, Pos: write.Pos(), End: write.Pos(), What: calls.Title(write.Common())})
		}
	}
}

// databaseCall returns the first call in the loop that needs the server and whose
// error leads to another turn.
func (e *engine) databaseCall(fn *ssa.Function, l *loop) ssa.CallInstruction {
	for _, call := range e.SSA.Calls(fn) {
		if !l.blocks[call.Block()] || !l.roundOnError(call) || calls.Error(call) == nil {
			continue
		}
		if len(e.SSA.Catalog.Lookup(e.SSA.NameOf(call.Common()), "contact", "wait")) > 0 || e.contact(call).What != "" {
			return call
		}
	}
	return nil
}

// blindWrite returns a write in the loop that is done again on any error.
func (e *engine) blindWrite(fn *ssa.Function, l *loop) ssa.CallInstruction {
	for _, call := range e.SSA.Calls(fn) {
		obj := calls.Func(call.Common())
		if obj == nil || !l.blocks[call.Block()] || calls.Error(call) == nil {
			continue
		}
		name := obj.Name()
		if (name == "Exec" || name == "ExecContext") && writes(call.Common()) && l.roundOnError(call) && !e.judges(call, l.blocks) {
			return call
		}
	}
	return nil
}

// writes reports whether the statement is an insert or an update that counts, which
// must not happen twice.
func writes(c *ssa.CallCommon) bool {
	for _, a := range c.Args {
		if s := constString(a); s != "" && additive(s) {
			return true
		}
	}
	return false
}

// pauses reports whether the loop waits for anything between two attempts. What
// cannot be looked into may.
func (l *loop) pauses() bool {
	for b := range l.blocks {
		for _, instr := range b.Instrs {
			switch instr := instr.(type) {
			case *ssa.Select:
				return true
			case *ssa.UnOp:
				if instr.Op == token.ARROW {
					return true
				}
			case ssa.CallInstruction:
				c := instr.Common()
				if calls.Name(c) == "time.Sleep" || c.StaticCallee() == nil && !c.IsInvoke() {
					return true
				}
				if fn := calls.Func(c); fn != nil && pauseName.MatchString(fn.Name()) {
					return true
				}
			}
		}
	}
	return false
}
