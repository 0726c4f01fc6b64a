package lifecycle

import (
	"go/token"

	"golang.org/x/tools/go/ssa"
)

// runDefers runs what was deferred in frame f, last first.
func (x *explorer) runDefers(f *frame, b *ssa.BasicBlock, s *state) []*state {
	if f.depth == 0 {
		x.returning = x.returnedError(b, s)
	}
	x.inDefer++
	defer func() { x.inDefer-- }()
	states := []*state{s}
	for round := 0; ; round++ {
		var next []*state
		ran := false
		for _, st := range states {
			d := st.defers
			if d == nil || d.frame != f.depth {
				next = append(next, st)
				continue
			}
			ran = true
			st.defers = d.next
			x.at = d.call.Common().Pos()
			next = append(next, x.apply(f, d.call, d.args[0], d.args[1:], st)...)
			if x.gaveUp {
				return nil
			}
		}
		states = x.distinct(next)
		if !ran || x.gaveUp {
			return states
		}
		if round > maxDefers {
			x.giveUp()
			return nil
		}
	}
}

// distinct drops equal states.
func (x *explorer) distinct(states []*state) []*state {
	if len(states) < 2 {
		return states
	}
	seen := map[string]bool{}
	out := states[:0]
	for _, s := range states {
		key := s.key(x.nums)
		if !seen[key] {
			seen[key] = true
			out = append(out, s)
		}
	}
	if len(out) > 2*maxStates {
		x.giveUp()
	}
	return out
}

// returnedError returns what is known of the error that the return at the end of b
// hands out: no means that it is not nil, yes that it is.
func (x *explorer) returnedError(b *ssa.BasicBlock, s *state) truth {
	ret, ok := b.Instrs[len(b.Instrs)-1].(*ssa.Return)
	if !ok || len(ret.Results) == 0 {
		return unknown
	}
	v := ret.Results[len(ret.Results)-1]
	if !isError(v.Type()) {
		return unknown
	}
	if load, ok := v.(*ssa.UnOp); ok && load.Op == token.MUL && load.Block() == b {
		root, path := x.address(load.X, s)
		val, ok := s.loadCell(root, path)
		if !ok {
			if _, zero := s.loadCell(root, zeroFields); zero {
				return yes
			}
			return unknown
		}
		return x.nilness(val, s)
	}
	return x.nilness(x.resolve(v, s), s)
}

// deferredRelease reports whether a deferred call on the path will, or may, release
// the resource.
func (x *explorer) deferredRelease(s *state) bool {
	for d := s.defers; d != nil; d = d.next {
		for _, a := range d.args {
			if x.carries(a, s) {
				return true
			}
		}
		if x.ob.cancel != nil && d.args[0] == x.ob.cancel {
			return true
		}
	}
	return false
}

// panics makes the exit at an explicit panic, which is one only in a function that
// recovers: what is deferred runs, the rest does not.
func (x *explorer) panics(f *frame, b *ssa.BasicBlock, s *state) *exit {
	if f.depth > 0 || x.ob.goal != giveBack || x.ob.site == nil || !x.an.recovers(f.fn) {
		return nil
	}
	x.panicking = true
	defer func() { x.panicking = false }()
	at := x.at
	for _, after := range x.runDefers(f, b, s) {
		if after.status == held {
			return &exit{state: after, pos: at}
		}
	}
	return nil
}

// recovers reports whether a deferred literal of fn calls recover.
func (e *engine) recovers(fn *ssa.Function) bool {
	for _, d := range e.layoutOf(fn).defers {
		_, lit := closureOf(d.Call.Value)
		if lit == nil || lit.Parent() == nil {
			continue
		}
		for _, b := range lit.Blocks {
			for _, instr := range b.Instrs {
				if call, ok := instr.(*ssa.Call); ok {
					if builtin, ok := call.Call.Value.(*ssa.Builtin); ok && builtin.Name() == "recover" {
						return true
					}
				}
			}
		}
	}
	return false
}
