package lifecycle

import "golang.org/x/tools/go/ssa"

// capturedHolds reports whether a variable of an enclosing function has the resource.
func (x *explorer) capturedHolds(s *state) bool {
	for _, c := range s.cells {
		if _, ok := c.root.(*ssa.FreeVar); ok && x.carries(c.val, s) {
			return true
		}
	}
	return false
}

// followOut goes on in the function around a literal that leaves the resource in a
// variable of it, where the literal is called on the spot:
//
//	func() { rows, err = db.Query(q) }()
//
// It reports false where nobody knows when the literal runs.
func (x *explorer) followOut(exits []exit) bool {
	lit := x.ob.fn
	parent := lit.Parent()
	if parent == nil || isYield(lit) {
		return false
	}
	calls, ok := directCalls(lit)
	if !ok {
		return false
	}
	out := *x.ob
	out.fn = parent
	y := x.an.newExplorer(&out)
	for _, call := range calls {
		mc, ok := call.Call.Value.(*ssa.MakeClosure)
		if !ok {
			continue
		}
		for _, ex := range exits {
			if ex.state.status != held || !x.capturedHolds(ex.state) {
				continue
			}
			s := y.startAfter(call)
			s.facts = append(s.facts, ex.state.facts...)
			s.hist = ex.state.hist
			for _, c := range ex.state.cells {
				for i, fv := range lit.FreeVars {
					if c.root == ssa.Value(fv) && i < len(mc.Bindings) {
						s.setCell(mc.Bindings[i], c.path, c.val)
					}
				}
			}
			y.bindResults(call, ex.results, s)
			for _, after := range y.run(&frame{fn: parent}, point{call.Block(), indexOf(call) + 1, s}) {
				y.judge(after)
			}
			if y.gaveUp {
				return false
			}
		}
	}
	x.faults = append(x.faults, y.faults...)
	x.ob.during, x.ob.waits, x.ob.seen = out.during, out.waits, out.seen
	x.ob.leaves, x.ob.escapes, x.ob.owned = out.leaves, out.escapes, out.owned
	return true
}

// directCalls returns the calls of a literal in the function around it; ok is false if
// it is used in other ways, too.
func directCalls(lit *ssa.Function) (calls []*ssa.Call, ok bool) {
	for _, b := range lit.Parent().Blocks {
		for _, instr := range b.Instrs {
			mc, isClosure := instr.(*ssa.MakeClosure)
			if !isClosure || mc.Fn != ssa.Value(lit) {
				continue
			}
			for _, ref := range *mc.Referrers() {
				call, isCall := ref.(*ssa.Call)
				if !isCall || call.Call.Value != ssa.Value(mc) {
					return nil, false
				}
				calls = append(calls, call)
			}
		}
	}
	return calls, len(calls) > 0
}

func indexOf(instr ssa.Instruction) int {
	for i, other := range instr.Block().Instrs {
		if other == instr {
			return i
		}
	}
	return -1
}
