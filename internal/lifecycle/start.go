package lifecycle

import (
	"golang.org/x/tools/go/ssa"
)

// A layout lists the instructions of a function that every obligation of it asks for.
type layout struct {
	allocs []*ssa.Alloc
	defers []*ssa.Defer
}

func (e *engine) layoutOf(fn *ssa.Function) *layout {
	l := e.layouts[fn]
	if l == nil {
		l = new(layout)
		for _, b := range fn.Blocks {
			for _, instr := range b.Instrs {
				switch t := instr.(type) {
				case *ssa.Alloc:
					l.allocs = append(l.allocs, t)
				case *ssa.Defer:
					l.defers = append(l.defers, t)
				}
			}
		}
		e.layouts[fn] = l
	}
	return l
}

// startAfter returns the state right after the acquire: what was deferred before it,
// what the variables hold, and which branches led to it.
func (x *explorer) startAfter(at ssa.Instruction) *state {
	s := &state{}
	for _, a := range x.an.layoutOf(at.Parent()).allocs {
		if mustPrecede(a, at) {
			x.startCells(a, at, s)
		}
	}
	x.startFacts(at.Block(), s)
	if load, ok := x.ob.parent.(*ssa.UnOp); ok && at == x.ob.site {
		root, path := x.address(load.X, s)
		x.load(load, root, path, s) // a captured variable: a deferred literal loads it again
	}
	x.startDefers(at, s)
	return s
}

// startCells gives a variable the content it has at a point, if that is certain.
func (x *explorer) startCells(a *ssa.Alloc, at ssa.Instruction, s *state) {
	type place struct {
		stores  []*ssa.Store
		unknown bool
	}
	places := map[string]*place{}
	get := func(path string) *place {
		p := places[path]
		if p == nil {
			p = new(place)
			places[path] = p
		}
		return p
	}
	fieldsZero := true
	var visit func(v ssa.Value, path string)
	visit = func(v ssa.Value, path string) {
		if v.Referrers() == nil {
			return
		}
		for _, ref := range *v.Referrers() {
			switch t := ref.(type) {
			case *ssa.FieldAddr:
				visit(t, path+fieldPath(t.Field))
			case *ssa.Store:
				if t.Addr == v && x.an.mayPrecede(t, at) {
					p := get(path)
					p.stores = append(p.stores, t)
				} else if t.Val == v {
					fieldsZero = false
				}
			case *ssa.MakeClosure:
				inner := t.Fn.(*ssa.Function)
				for i, b := range t.Bindings {
					if b == v && assigns(inner, inner.FreeVars[i], 0) && x.an.mayPrecede(t, at) && !onlyDeferred(t) {
						get(path).unknown = true
						fieldsZero = false
					}
				}
			case *ssa.UnOp, *ssa.DebugRef, *ssa.IndexAddr:
			default:
				if call, ok := ref.(ssa.CallInstruction); ok && x.an.mayPrecede(call, at) {
					fieldsZero = false
					get(path).unknown = true
				}
			}
		}
	}
	visit(a, "")
	for _, p := range places {
		fieldsZero = fieldsZero && !p.unknown
	}
	whole := places[""]
	if fieldsZero && (whole == nil || len(whole.stores) == 0) {
		s.setCell(a, zeroFields, anyNil)
	}
	for path, p := range places {
		if p.unknown || len(p.stores) == 0 {
			continue
		}
		// The last store, if one comes after all the others and cannot be skipped.
		var last *ssa.Store
		for _, st := range p.stores {
			latest := mustPrecede(st, at)
			for _, other := range p.stores {
				if other != st && (!mustPrecede(other, st) || x.an.follows(st.Block(), other.Block())) {
					latest = false
				}
			}
			if latest && !x.an.follows(at.Block(), st.Block()) || latest && len(p.stores) == 1 {
				last = st
			}
		}
		if last == nil {
			s.dropCells(a, zeroFields)
			continue
		}
		s.setCell(a, path, x.condense(last.Val, s))
	}
}

// onlyDeferred reports whether the closure is only ever deferred.
func onlyDeferred(mc *ssa.MakeClosure) bool {
	if mc.Referrers() == nil {
		return false
	}
	for _, ref := range *mc.Referrers() {
		if _, ok := ref.(*ssa.Defer); !ok {
			return false
		}
	}
	return true
}

// startFacts learns from the branches that dominate b.
func (x *explorer) startFacts(b *ssa.BasicBlock, s *state) {
	for depth := 0; b != nil && depth < 32; depth++ {
		d := b.Idom()
		if d == nil {
			return
		}
		if t, ok := d.Instrs[len(d.Instrs)-1].(*ssa.If); ok && d.Succs[0] != d.Succs[1] {
			for i, succ := range d.Succs {
				if len(succ.Preds) == 1 && (succ == b || succ.Dominates(b)) {
					x.startLoads(t.Cond, s, 0)
					x.learn(t.Cond, i == 0, s)
				}
			}
		}
		b = d
	}
}

// startLoads gives the loads in a condition the parameters they stand for: one that is
// captured lives in a cell.
func (x *explorer) startLoads(v ssa.Value, s *state, depth int) {
	switch t := v.(type) {
	case *ssa.UnOp:
		if st := storeBefore(t); st != nil {
			s.bind(t, x.condense(st.Val, s))
			return
		}
		root, path := x.address(t.X, s)
		fv, captured := root.(*ssa.FreeVar)
		if val, ok := s.loadCell(root, path); ok {
			if _, isParam := val.(*ssa.Parameter); isParam || captured {
				s.bind(t, val)
			}
			return
		}
		if captured && path == "" && tracked(t.Type()) && !assigns(fv.Parent(), fv, 0) {
			s.setCell(fv, "", t) // the same when it is loaded again
			return
		}
		if depth < 3 {
			x.startLoads(t.X, s, depth+1)
		}
	case *ssa.BinOp:
		if depth < 3 {
			x.startLoads(t.X, s, depth+1)
			x.startLoads(t.Y, s, depth+1)
		}
	}
}

// storeBefore returns the store in the same block that the load reads.
func storeBefore(load *ssa.UnOp) *ssa.Store {
	var last *ssa.Store
	for _, instr := range load.Block().Instrs {
		switch t := instr.(type) {
		case *ssa.Store:
			if t.Addr == load.X {
				last = t
			}
		case *ssa.UnOp:
			if t == load {
				return last
			}
		case ssa.CallInstruction:
			last = nil // it may assign, too
		}
	}
	return nil
}

// startDefers registers the deferred calls that stand before a point. One that may
// or may not have been reached is taken to have been: better silent than wrong.
func (x *explorer) startDefers(at ssa.Instruction, s *state) {
	n := 0
	for _, d := range x.an.layoutOf(at.Parent()).defers {
		if !x.an.mayPrecede(d, at) {
			continue
		}
		if !mustPrecede(d, at) && x.an.follows(at.Block(), d.Block()) {
			continue // of an earlier round of the loop
		}
		fnVal, args := x.operands(d.Common(), s)
		if !x.mattersLater(d.Common(), fnVal, args, s) {
			continue
		}
		if n++; n > maxDefers {
			x.giveUp()
			return
		}
		x.nums.push(&deferral{call: d, args: append([]ssa.Value{fnVal}, args...)}, s)
	}
}

// states returns the states in which the path may go on after the acquire.
func (x *explorer) states() []*state {
	ob := x.ob
	base := x.startAfter(ob.site)
	attach := func(s *state) *state {
		if ob.root != nil {
			s.forget(ob.root)
			if ob.path == "" {
				s.bind(ob.root, ob.res)
			} else {
				s.setCell(ob.root, ob.path, ob.res)
				if nillable(ob.root.Type()) {
					s.setFact(ob.root, no)
				}
			}
		}
		for _, i := range ob.done {
			if r := resultValue(ob.site, i); r != nil {
				s.bind(r, anyDone)
			}
		}
		return s
	}
	if ob.goal == unchecked {
		s := base.fork()
		s.status = absent
		if ob.err != nil {
			s.setFact(ob.err, no)
		}
		return []*state{attach(s)}
	}
	s := base.fork()
	if ob.err != nil {
		s.setFact(ob.err, yes)
	}
	for _, w := range ob.with {
		if r := resultValue(ob.site, w.Param); r != nil {
			s.setFact(r, w.Truth)
		}
	}
	states := []*state{attach(s)}
	if ob.onErr != "" && ob.err != nil {
		s := base.fork()
		s.bind(ob.err, x.an.sentinelNamed(ob.onErr))
		states = append(states, attach(s))
	}
	return states
}

// follow explores an obligation of a call and returns the exits of its function.
func (x *explorer) follow() []exit {
	site := x.ob.site.(ssa.Instruction)
	b, index := site.Block(), indexOf(site)+1
	f := &frame{fn: x.ob.fn}
	var exits []exit
	for _, s := range x.states() {
		exits = append(exits, x.run(f, point{b, index, s})...)
		if x.gaveUp {
			return nil
		}
	}
	return exits
}
