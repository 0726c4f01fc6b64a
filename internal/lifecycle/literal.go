package lifecycle

import (
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/ssa"
)

// literal executes a call of a function literal or of a bound method.
func (x *explorer) literal(f *frame, instr ssa.CallInstruction, fnVal ssa.Value, args []ssa.Value, s *state) ([]*state, bool) {
	switch t := fnVal.(type) {
	case *ssa.MakeClosure:
		fn := t.Fn.(*ssa.Function)
		if isBound(t) {
			return x.bound(f, instr, fn, t.Bindings[0], args, s), true
		}
		bindings := make([]ssa.Value, len(t.Bindings))
		for i, b := range t.Bindings {
			bindings[i] = x.resolve(b, s)
		}
		return x.inline(f, instr, fn, bindings, args, s), true
	case *ssa.Function:
		if t.Parent() != nil {
			return x.inline(f, instr, t, nil, args, s), true
		}
	}
	return nil, false
}

// bound executes a call of a method value.
func (x *explorer) bound(f *frame, instr ssa.CallInstruction, fn *ssa.Function, recv ssa.Value, args []ssa.Value, s *state) []*state {
	obj, _ := fn.Object().(*types.Func)
	recv = x.resolve(recv, s)
	all := append([]ssa.Value{recv}, args...)
	if obj == nil {
		return x.unknownCall(f, instr, fn, all, s)
	}
	c := x.an.calleeOfFunc(obj)
	if states, ok := x.catalogued(f, c, instr, all, s); ok {
		return states
	}
	if types.IsInterface(obj.Signature().Recv().Type()) {
		return x.interfaceCall(f, c, instr, all, s)
	}
	if c.sum != nil {
		return x.summarized(f, c, instr, all, s)
	}
	return x.unknownCall(f, instr, fn, all, s)
}

// inline executes the body of a function literal in place.
func (x *explorer) inline(f *frame, instr ssa.CallInstruction, fn *ssa.Function, bindings, args []ssa.Value, s *state) []*state {
	exits, ok := x.body(f, fn, bindings, args, s)
	if !ok {
		return x.unknownCall(f, instr, anyUnknown, append(slices.Clone(bindings), args...), s)
	}
	if x.gaveUp {
		return nil
	}
	var states []*state
	for _, e := range exits {
		x.bindResults(instr, e.results, e.state)
		e.state.leaveFrame(fn)
		states = append(states, e.state)
	}
	return x.distinct(states)
}

// body executes the body of a function literal and returns the ways it ends. It reports
// false if that cannot be followed.
func (x *explorer) body(f *frame, fn *ssa.Function, bindings, args []ssa.Value, s *state) ([]exit, bool) {
	recursive := false
	for g := f; g != nil; g = g.stack {
		recursive = recursive || g.fn == fn
	}
	if recursive || f.depth >= maxInline || len(fn.Blocks) == 0 || len(bindings) != len(fn.FreeVars) {
		return nil, false
	}
	g := &frame{fn: fn, depth: f.depth + 1, defers: f.depth + 1, stack: f}
	if isYield(fn) {
		g.defers = f.defers
	}
	for i, v := range fn.FreeVars {
		s.bind(v, bindings[i])
	}
	for i, p := range fn.Params {
		if i < len(args) {
			s.bind(p, args[i])
		}
	}
	return x.run(g, point{fn.Blocks[0], 0, s}), true
}

// bindResults gives the values of the call the results of the inlined body.
func (x *explorer) bindResults(instr ssa.CallInstruction, results []ssa.Value, s *state) {
	v := instr.Value()
	if v == nil {
		return
	}
	if len(results) == 1 {
		s.bind(v, results[0])
		return
	}
	if v.Referrers() == nil {
		return
	}
	for _, ref := range *v.Referrers() {
		if e, ok := ref.(*ssa.Extract); ok && e.Index < len(results) {
			s.bind(e, results[e.Index])
		}
	}
}

// leaveFrame drops what only the body of fn could ask for.
func (s *state) leaveFrame(fn *ssa.Function) {
	s.env = slices.DeleteFunc(s.env, func(b binding) bool { return b.key.Parent() == fn })
	s.facts = slices.DeleteFunc(s.facts, func(f fact) bool { return f.v.Parent() == fn && !s.mentions(f.v) })
	s.cells = slices.DeleteFunc(s.cells, func(c cell) bool {
		return c.root.Parent() == fn && !s.mentions(c.root)
	})
}

func isYield(fn *ssa.Function) bool { return strings.HasPrefix(fn.Synthetic, "range-over-func") }

// rangeOver executes a loop over a function: its body runs any number of times.
func (x *explorer) rangeOver(f *frame, instr ssa.CallInstruction, body *ssa.MakeClosure, fnVal ssa.Value, args []ssa.Value, s *state) []*state {
	if x.carries(fnVal, s) {
		x.escape(s)
	}
	fn := body.Fn.(*ssa.Function)
	out := []*state{s.fork()}
	frontier := []*state{s}
	seen := map[string]bool{s.key(x.nums): true}
	for round := 0; len(frontier) > 0 && round < maxStates; round++ {
		var next []*state
		for _, st := range frontier {
			bindings := make([]ssa.Value, len(body.Bindings))
			for i, b := range body.Bindings {
				bindings[i] = x.resolve(b, st)
			}
			for _, after := range x.inline(f, instr, fn, bindings, nil, st) {
				if x.gaveUp {
					return nil
				}
				again := true
				if v := instr.Value(); v != nil {
					if r, ok := after.lookup(v); ok {
						again = !isSym(r, falseSym)
						after.forget(v)
					}
				}
				key := after.key(x.nums)
				if seen[key] {
					continue
				}
				seen[key] = true
				out = append(out, after.fork())
				if again {
					next = append(next, after)
				}
			}
		}
		frontier = next
	}
	return x.distinct(out)
}
