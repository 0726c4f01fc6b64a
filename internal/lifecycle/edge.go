package lifecycle

import (
	"go/token"

	"golang.org/x/tools/go/ssa"
)

// learn records in s that cond came out as taken. It reports false if that cannot
// be on this path.
func (x *explorer) learn(cond ssa.Value, taken bool, s *state) bool {
	switch x.decide(cond, s) {
	case yes:
		return taken
	case no:
		return !taken
	}
	v := x.resolve(cond, s)
	switch t := v.(type) {
	case *symbol:
		switch t.sort {
		case nextSym:
			switch {
			case taken:
				s.gotRow = true
			case x.ob.goal == readError && s.gotRow && !x.an.follows(x.in, x.in):
				// Asked once more whether there are no further rows: those read are complete.
			default:
				x.exhausted(s)
			}
		case setsSym:
			if taken {
				s.status = held // had the last set failed, there were no next one
			}
		case isErrorSym:
			if taken {
				x.recognized(t.of, s)
				x.learnNilness(t.of, no, s)
			}
		}
		return true
	case *ssa.UnOp:
		if t.Op == token.NOT {
			return x.learn(t.X, !taken, s)
		}
	case *ssa.BinOp:
		if t.Op == token.EQL || t.Op == token.NEQ {
			x.learnComparison(t, taken == (t.Op == token.EQL), s)
		}
	case *ssa.Extract:
		if ta, ok := t.Tuple.(*ssa.TypeAssert); ok && t.Index == 1 {
			x.learnAssertion(ta, taken, s)
		}
	}
	s.setFact(v, truthOf(taken))
	return true
}

func truthOf(b bool) truth {
	if b {
		return yes
	}
	return no
}

// learnComparison records that the operands of b are equal, or that they are not.
func (x *explorer) learnComparison(b *ssa.BinOp, equal bool, s *state) {
	l, r := x.resolve(b.X, s), x.resolve(b.Y, s)
	if !nillable(b.X.Type()) {
		if isBool(r) {
			x.learn(b.X, equal == isSym(r, trueSym), s)
		} else if isBool(l) {
			x.learn(b.Y, equal == isSym(l, trueSym), s)
		}
		return
	}
	switch {
	case isNil(r):
		x.learnNilness(l, truthOf(equal), s)
	case isNil(l):
		x.learnNilness(r, truthOf(equal), s)
	case equal && x.nilness(r, s) == no: // err == sql.ErrNoRows
		x.recognized(l, s)
		x.learnNilness(l, no, s)
	case equal && x.nilness(l, s) == no:
		x.recognized(r, s)
		x.learnNilness(r, no, s)
	}
}

// recognized handles an error being found to be a certain one: if it is the acquire's,
// it was looked at.
func (x *explorer) recognized(err ssa.Value, s *state) {
	if x.ob.goal == unchecked && err == x.ob.err {
		s.status = gone
	}
}

// learnNilness records what v is, under every name it has on the path: states that
// know the same of different values become equal.
func (x *explorer) learnNilness(v ssa.Value, t truth, s *state) {
	sym, isSymbol := v.(*symbol)
	if isSymbol {
		if sym.sort == failureSym && t == no {
			x.vanish(s)
		}
		if sym.sort == iterErrSym && t == no {
			s.iterFailed = true
		}
		return
	}
	if call, arg := x.sameNilness(v, t); call != nil {
		if r := x.resolve(arg, s); r != v {
			x.learnNilness(r, t, s)
		}
	}
	canon := anyNil
	if t == no {
		canon = anyNonNil
	}
	if isError(v.Type()) || t == yes {
		for i := range s.env {
			if s.env[i].val == v {
				s.env[i].val = canon
			}
		}
		for i := range s.cells {
			if s.cells[i].val == v {
				s.cells[i].val = canon
			}
		}
	}
	s.setFact(v, t)
	x.learnAcquired(v, t, s)
}

// learnAcquired records what the error of another acquire says of what came with it.
func (x *explorer) learnAcquired(v ssa.Value, t truth, s *state) {
	e, ok := v.(*ssa.Extract)
	if !ok || !isError(v.Type()) {
		return
	}
	call, ok := e.Tuple.(*ssa.Call)
	if !ok {
		return
	}
	c := x.an.calleeOf(call.Common())
	if c == nil {
		return
	}
	for _, f := range c.facts {
		if f.Verb != "acquire" {
			continue
		}
		if r := resultValue(call, f.Arg); r != nil && (t == yes || f.Attr["onerr"] != "value") && x.nilness(r, s) == unknown {
			s.setFact(r, t.not())
		}
	}
}

// sameNilness returns the argument that v, the result of a wrapping call, is nil
// with.
func (x *explorer) sameNilness(v ssa.Value, t truth) (*ssa.Call, ssa.Value) {
	call, ok := v.(*ssa.Call)
	if !ok {
		return nil, nil
	}
	c := x.an.calleeOf(call.Common())
	if c == nil {
		return nil, nil
	}
	if n := c.nilness(0); n.same >= 0 && (t == no || !n.oneWay) && n.same < len(call.Call.Args) {
		return call, call.Call.Args[n.same]
	}
	return nil, nil
}

// learnAssertion handles x.(T) with the second result: where it failed, somebody
// else knows what the resource is.
func (x *explorer) learnAssertion(ta *ssa.TypeAssert, holds bool, s *state) {
	if v := x.resolve(ta.X, s); holds && isError(ta.X.Type()) {
		x.learnNilness(v, no, s)
		return
	}
	if holds || !x.carries(ta.X, s) {
		return
	}
	s.status = gone
}

// exhausted handles the end of iteration: the connection has gone back by itself.
func (x *explorer) exhausted(s *state) {
	if s.status != held {
		return
	}
	switch x.ob.goal {
	case giveBack:
		if !x.deferredRelease(s) {
			x.ob.onlyRead = true
		}
		x.ob.owned = true
		x.vanish(s)
	case readError:
		s.status = ended
		s.endPos = x.at
	}
}

// vanish handles the resource having given its connection back by itself.
func (x *explorer) vanish(s *state) {
	if s.status == held && x.ob.goal == giveBack {
		s.status = released
		s.byRead = true
	}
}

// enter moves a state along the edge from pred to succ: phis take their values.
func (x *explorer) enter(pred, succ *ssa.BasicBlock, s *state) {
	if succ.Parent() == x.ob.fn && succ.Dominates(pred) {
		s.looped = true
	}
	var edge = -1
	for i, p := range succ.Preds {
		if p == pred {
			edge = i
			break
		}
	}
	type assignment struct {
		phi *ssa.Phi
		val ssa.Value
	}
	var as []assignment
	for _, instr := range succ.Instrs {
		phi, ok := instr.(*ssa.Phi)
		if !ok {
			break
		}
		if edge >= 0 && edge < len(phi.Edges) && tracked(phi.Type()) {
			as = append(as, assignment{phi, x.condense(phi.Edges[edge], s)})
		}
	}
	for _, a := range as {
		s.forget(a.phi)
	}
	for _, a := range as {
		s.bind(a.phi, a.val)
	}
}

// condense resolves v and forgets the identity of an error or a boolean whose
// value is known.
func (x *explorer) condense(v ssa.Value, s *state) ssa.Value {
	r := x.resolve(v, s)
	if _, ok := r.(*symbol); ok {
		return r
	}
	if isError(v.Type()) {
		switch x.nilness(r, s) {
		case yes:
			return anyNil
		case no:
			return anyNonNil
		}
		return r
	}
	if isBoolType(v.Type()) {
		switch x.decide(r, s) {
		case yes:
			return anyTrue
		case no:
			return anyFalse
		}
	}
	return r
}
