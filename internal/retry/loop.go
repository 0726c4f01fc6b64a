package retry

import (
	"go/token"
	"go/types"

	"golang.org/x/tools/go/ssa"

	"github.com/connlint/connlint/internal/calls"
)

// A loop is a natural loop of a function.
type loop struct {
	header *ssa.BasicBlock
	blocks map[*ssa.BasicBlock]bool
	again  answer // of triesAgain
}

// An answer is remembered when it was found.
type answer int

const (
	unasked answer = iota
	yes
	no
)

// loopsOf returns the natural loops of fn, outermost first where they nest.
func loopsOf(fn *ssa.Function) []*loop {
	var loops []*loop
	for _, h := range fn.Blocks {
		var work []*ssa.BasicBlock
		for _, p := range h.Preds {
			if h.Dominates(p) {
				work = append(work, p)
			}
		}
		if work == nil {
			continue
		}
		l := &loop{header: h, blocks: map[*ssa.BasicBlock]bool{h: true}}
		for len(work) > 0 {
			b := work[len(work)-1]
			work = work[:len(work)-1]
			if !l.blocks[b] {
				l.blocks[b] = true
				work = append(work, b.Preds...)
			}
		}
		loops = append(loops, l)
	}
	return loops
}

// triesAgain reports whether the loop turns only because something failed: what
// follows when every error is nil leaves it, what follows an error can come round
// again.
//
//	for {
//		if err = try(); err == nil {
//			return nil
//		}
//		time.Sleep(pause)
//	}
//
// A loop over items that goes on with the next after an error is none: it also
// turns on success.
func (l *loop) triesAgain() bool {
	if l.again == unasked {
		l.again = no
		if !l.turns(l.header, successOnly) && l.turnsOnFailure() {
			l.again = yes
		}
	}
	return l.again == yes
}

// turnsOnFailure reports whether some error test in the loop leads round again from
// its failing side.
func (l *loop) turnsOnFailure() bool {
	for b := range l.blocks {
		if _, failed, ok := errorTest(b); ok && l.leadsRound(b.Succs[failed]) {
			return true
		}
	}
	return false
}

// leadsRound reports whether control can pass from b to the header inside the loop.
func (l *loop) leadsRound(b *ssa.BasicBlock) bool {
	return b == l.header || l.blocks[b] && l.turns(b, func(*ssa.BasicBlock) int { return -1 })
}

// successOnly picks the successor on which an error test found no error.
func successOnly(b *ssa.BasicBlock) int {
	if _, failed, ok := errorTest(b); ok {
		return 1 - failed
	}
	return -1
}

// turns reports whether control can come back to the header from b, taking at each
// block the successor that only picks, or any for -1.
func (l *loop) turns(b *ssa.BasicBlock, only func(*ssa.BasicBlock) int) bool {
	seen := map[*ssa.BasicBlock]bool{}
	work := []*ssa.BasicBlock{b}
	for len(work) > 0 {
		b := work[len(work)-1]
		work = work[:len(work)-1]
		if seen[b] || !l.blocks[b] {
			continue
		}
		seen[b] = true
		succs := b.Succs
		if i := only(b); i >= 0 {
			succs = succs[i : i+1]
		}
		for _, s := range succs {
			if s == l.header {
				return true
			}
			work = append(work, s)
		}
	}
	return false
}

// errorTest reports whether b ends by testing an error against nil, and which
// successor is the one where it is not nil.
func errorTest(b *ssa.BasicBlock) (err ssa.Value, failed int, ok bool) {
	if len(b.Instrs) == 0 {
		return nil, 0, false
	}
	cond, isIf := b.Instrs[len(b.Instrs)-1].(*ssa.If)
	if !isIf {
		return nil, 0, false
	}
	cmp, isCmp := cond.Cond.(*ssa.BinOp)
	if !isCmp || cmp.Op != token.EQL && cmp.Op != token.NEQ {
		return nil, 0, false
	}
	x, y := cmp.X, cmp.Y
	if isNil(x) {
		x, y = y, x
	}
	if !isNil(y) || !types.Identical(x.Type(), calls.ErrorType) || ofContext(x) {
		return nil, 0, false
	}
	if cmp.Op == token.EQL {
		failed = 1
	}
	return x, failed, true
}

// ofContext reports whether v is the error of a context: that says when to stop, not
// that something failed.
func ofContext(v ssa.Value) bool {
	call, ok := v.(*ssa.Call)
	return ok && calls.Name(&call.Call) == "(context.Context).Err"
}

func isNil(v ssa.Value) bool {
	c, ok := v.(*ssa.Const)
	return ok && c.IsNil()
}

// ranges reports whether the loop goes over the elements of something: each turn is
// then another attempt at something else.
func (l *loop) ranges() bool {
	for b := range l.blocks {
		for _, instr := range b.Instrs {
			switch instr := instr.(type) {
			case *ssa.Next:
				return true
			case *ssa.IndexAddr:
				if l.counts(instr.Index) {
					return true
				}
			case *ssa.Index:
				if l.counts(instr.Index) {
					return true
				}
			}
		}
	}
	return false
}

// counts reports whether v counts the turns of the loop.
func (l *loop) counts(v ssa.Value) bool {
	phi, ok := v.(*ssa.Phi)
	if ok && phi.Block() == l.header {
		return true
	}
	add, ok := v.(*ssa.BinOp)
	if !ok || add.Op != token.ADD {
		return false
	}
	phi, ok = add.X.(*ssa.Phi)
	return ok && phi.Block() == l.header
}

// bounded reports whether the loop can end though it never succeeds: by a count, a
// clock, a context.
func (l *loop) bounded() bool {
	for b := range l.blocks {
		if _, _, ok := errorTest(b); ok {
			continue
		}
		for _, s := range b.Succs {
			if !l.blocks[s] && len(b.Succs) > 1 {
				return true
			}
		}
	}
	return false
}
