package roots

import (
	"go/token"
	"go/types"

	"golang.org/x/tools/go/ssa"

	"github.com/connlint/connlint/internal/calls"
)

// endlessLoops returns the loops of fn that end only when the program, a context
// or a channel does: the body of a worker. A loop that ends when something
// succeeds is a retry, not a worker.
func endlessLoops(fn *ssa.Function, types *requestTypes) []*Root {
	var found []*Root
	for _, header := range fn.Blocks {
		blocks := naturalLoop(header)
		if blocks == nil || !endless(fn, blocks, types) {
			continue
		}
		found = append(found, &Root{Fn: fn, Blocks: blocks, Word: Loop, Pos: loopPos(fn, blocks)})
	}
	return found
}

// naturalLoop returns the blocks of the loop with the header, or nil if there is
// none.
func naturalLoop(header *ssa.BasicBlock) map[*ssa.BasicBlock]bool {
	var blocks map[*ssa.BasicBlock]bool
	var work []*ssa.BasicBlock
	for _, p := range header.Preds {
		if header.Dominates(p) {
			work = append(work, p)
		}
	}
	if work == nil {
		return nil
	}
	blocks = map[*ssa.BasicBlock]bool{header: true}
	for len(work) > 0 {
		b := work[len(work)-1]
		work = work[:len(work)-1]
		if blocks[b] {
			continue
		}
		blocks[b] = true
		work = append(work, b.Preds...)
	}
	return blocks
}

// endless reports whether every way out of the loop is a stop signal, and the
// loop waits for something: time, a channel, a message.
func endless(fn *ssa.Function, blocks map[*ssa.BasicBlock]bool, types *requestTypes) bool {
	waits, exits := false, false
	for _, b := range fn.Blocks {
		if !blocks[b] {
			continue
		}
		for _, instr := range b.Instrs {
			waits = waits || waitsFor(instr, types)
		}
	}
	for _, b := range fn.Blocks {
		if !blocks[b] {
			continue
		}
		for i, s := range b.Succs {
			if blocks[s] {
				continue
			}
			exits = true
			if !stops(b, i, waits, types) {
				return false
			}
		}
	}
	return waits || !exits
}

// waitsFor reports whether instr is where a worker waits for its next turn.
func waitsFor(instr ssa.Instruction, types *requestTypes) bool {
	switch instr := instr.(type) {
	case *ssa.Select:
		return instr.Blocking
	case *ssa.UnOp:
		return instr.Op == token.ARROW && paces(instr.X.Type(), types)
	case *ssa.Call:
		name := calls.Name(&instr.Call)
		if name == "time.Sleep" || name == "(net.Listener).Accept" {
			return true
		}
		return types.resultWord(instr.Call.Signature()) != ""
	}
	return false
}

// paces reports whether t is a channel of ticks or of messages.
func paces(t types.Type, rt *requestTypes) bool {
	ch, ok := t.Underlying().(*types.Chan)
	if !ok {
		return false
	}
	named, ok := types.Unalias(ch.Elem()).(*types.Named)
	if ok && named.Obj().Pkg() != nil && named.Obj().Pkg().Path() == "time" && named.Obj().Name() == "Time" {
		return true
	}
	return rt.named(ch.Elem()) != ""
}

// resultWord returns what a call that returns such results has fetched to serve,
// or "": a consumer's ReadMessage.
func (t *requestTypes) resultWord(sig *types.Signature) string {
	for v := range sig.Results().Variables() {
		if w := t.named(v.Type()); w != "" && w != "request" && w != "scrape" {
			return w
		}
	}
	return ""
}

// stops reports whether leaving block b by successor i is to obey a stop signal.
func stops(b *ssa.BasicBlock, i int, waits bool, types *requestTypes) bool {
	cond, ok := b.Instrs[len(b.Instrs)-1].(*ssa.If)
	if !ok {
		return chosen(b) // an unconditional way out belongs to the branch before it
	}
	if isSignal(cond.Cond) {
		return true
	}
	if test, failed := isErr(cond.Cond); test {
		// Out on failure ends a worker; out on success ends a retry.
		return waits && failed == (i == 0)
	}
	return chosen(b)
}

// chosen reports whether b runs only after a case of a select was chosen or a
// context was seen to be done.
func chosen(b *ssa.BasicBlock) bool {
	for d := b.Idom(); d != nil; d = d.Idom() {
		if cond, ok := d.Instrs[len(d.Instrs)-1].(*ssa.If); ok && isDone(cond.Cond) && d.Succs[0].Dominates(b) {
			return true
		}
	}
	return false
}

// isSignal reports whether a condition is about a select, a channel that was
// closed, or a context.
func isSignal(v ssa.Value) bool {
	if ex, ok := v.(*ssa.Extract); ok {
		recv, isRecv := ex.Tuple.(*ssa.UnOp)
		return isRecv && recv.Op == token.ARROW
	}
	return isDone(v)
}

// isDone reports whether v compares the number of the chosen case of a select, or
// the error of a context.
func isDone(v ssa.Value) bool {
	cmp, ok := v.(*ssa.BinOp)
	if !ok {
		return false
	}
	switch x := cmp.X.(type) {
	case *ssa.Extract:
		_, isSelect := x.Tuple.(*ssa.Select)
		return isSelect && x.Index == 0
	case *ssa.Call:
		return calls.Name(&x.Call) == "(context.Context).Err"
	}
	return false
}

// loopPos returns the position of the first statement in the loop.
func loopPos(fn *ssa.Function, blocks map[*ssa.BasicBlock]bool) token.Pos {
	first := token.NoPos
	for _, b := range fn.Blocks {
		if !blocks[b] {
			continue
		}
		for _, instr := range b.Instrs {
			if p := instr.Pos(); p.IsValid() && (!first.IsValid() || p < first) {
				first = p
			}
		}
	}
	if !first.IsValid() {
		return fn.Pos()
	}
	return first
}
