package lifecycle

import (
	"slices"
	"strings"

	"golang.org/x/tools/go/ssa"

	"github.com/connlint/connlint/internal/catalog"
)

// summarized executes a call of a function whose summary is known.
func (x *explorer) summarized(f *frame, c *callee, instr ssa.CallInstruction, args []ssa.Value, s *state) []*state {
	for _, p := range c.sum.Tests {
		if p.Param < len(args) {
			return x.tested(instr, args[p.Param], p, s)
		}
	}
	for _, i := range c.sum.NoReturnIf {
		if i < len(args) {
			switch x.nilness(args[i], s) {
			case no:
				return nil
			case unknown:
				x.learnNilness(args[i], yes, s)
			}
		}
	}
	states := []*state{s}
	for _, i := range c.sum.Calls {
		if i >= len(args) {
			continue
		}
		if mc, fn := closureOf(args[i]); fn == nil || fn.Parent() == nil && !isBound(mc) {
			continue
		}
		var next []*state
		for _, st := range states {
			next = append(next, x.callsLiteral(f, instr, args, i, st)...)
		}
		states = next
	}
	var out []*state
	for _, st := range states {
		out = append(out, x.effects(f, c, instr, args, st)...)
	}
	return x.distinct(out)
}

// effects applies what the summary says of the argument that carries the resource.
func (x *explorer) effects(f *frame, c *callee, instr ssa.CallInstruction, args []ssa.Value, s *state) []*state {
	x.disturb(anyUnknown, args, s)
	for i, a := range args {
		if x.isParent(a, s) && x.ob.goal == giveBack && s.status == held {
			if x.endsParent(c, i, s) {
				return []*state{s}
			}
		}
		if !x.carries(a, s) {
			continue
		}
		if _, fn := closureOf(a); fn != nil {
			if !slices.Contains(c.sum.Calls, i) && x.involves(f, instr, a, s) {
				x.escape(s)
			}
			continue
		}
		path, ok := x.carriedAt(a, s)
		if !ok {
			x.escape(s)
			continue
		}
		if strings.HasSuffix(path, inContext) {
			if given := instr.Common().Args; i >= len(given) || !x.lendsInContext(instr, given[i], a, s) {
				x.escape(s)
			}
			continue
		}
		if s.status == absent {
			x.escape(s) // what the callee does with a nil is its own affair
			return []*state{s}
		}
		asked := x.ob.goal
		if asked == readError && s.status == ended {
			asked = readEnded
		}
		outcomes := c.sum.outcomes(i, path, x.ob.kind, asked)
		if len(outcomes) == 0 {
			continue // borrowed
		}
		var out []*state
		for _, o := range outcomes {
			st := s.fork()
			if o.Commit && mayEndOtherwise(o, outcomes) {
				o.Commit = false // why it commits, nobody knows
			}
			if x.outcome(o, instr, args, st) {
				out = append(out, st)
			}
		}
		return out
	}
	return []*state{s}
}

// mayEndOtherwise reports whether the callee may also roll back where it commits, as far
// as its caller can tell.
func mayEndOtherwise(commit Outcome, outcomes []Outcome) bool {
	return slices.ContainsFunc(outcomes, func(o Outcome) bool {
		return o.Status == released && !o.Commit && compatible(commit, o)
	})
}

// endsParent applies what a callee does to the transaction or connection that the
// resource was acquired from. It reports false if that is nothing.
func (x *explorer) endsParent(c *callee, i int, s *state) bool {
	kind, ok := x.an.cat.KindOf(x.ob.parent.Type())
	if !ok {
		kind = catalog.Tx
	}
	outcomes := c.sum.outcomes(i, "", kind, giveBack)
	if len(outcomes) == 0 {
		return false
	}
	if slices.ContainsFunc(outcomes, func(o Outcome) bool { return o.Status != released || o.When[0].Truth != unknown }) {
		x.escape(s) // the callee may end the parent, and the resource with it
	} else {
		x.parentReleased(kind, s)
	}
	return true
}

// outcome applies one way a callee can end. It reports false if that cannot be on
// this path.
func (x *explorer) outcome(o Outcome, instr ssa.CallInstruction, args []ssa.Value, s *state) bool {
	for _, w := range o.When {
		if w.Truth == unknown || w.Param >= len(args) {
			continue
		}
		if !x.suppose(args[w.Param], w.Truth, s) {
			return false
		}
	}
	sig := instr.Common().Signature()
	if o.Err != unknown {
		if r := resultValue(instr, sig.Results().Len()-1); r != nil {
			s.setFact(r, o.Err)
		}
	}
	if o.Bool != unknown {
		if r := resultValue(instr, 0); r != nil {
			s.setFact(r, o.Bool)
		}
	}
	switch o.Status {
	case released:
		if o.ByRead {
			x.vanish(s)
			break
		}
		x.settle(o.Commit, s)
		if s.status == ended || x.ob.goal == readError {
			s.status = released
		}
	case ended:
		if s.status == held {
			s.status = ended
			s.endPos = x.at
		}
	case gone:
		x.escape(s)
	case stored:
		if o.To >= len(args) {
			x.escape(s)
			break
		}
		root, path := x.address(args[o.To], s)
		if !x.isLocal(root) {
			x.escape(s)
			break
		}
		s.setCell(root, path+o.Path, x.ob.res)
	case held:
		if s.status == ended {
			s.status = held // asked
		}
		if o.To >= 0 { // handed back in a result
			r := resultValue(instr, o.To)
			switch {
			case r == nil:
			case o.Path == "":
				s.bind(r, x.ob.res)
			default:
				s.setCell(r, o.Path, x.ob.res)
			}
		}
	}
	return true
}

// suppose records that an argument is what an outcome requires. It reports false if
// that cannot be on this path.
func (x *explorer) suppose(arg ssa.Value, t truth, s *state) bool {
	known := unknown
	if isBoolType(arg.Type()) {
		known = x.decide(arg, s)
	} else {
		known = x.nilness(arg, s)
	}
	if known != unknown {
		return known == t
	}
	if isBoolType(arg.Type()) {
		return x.learn(arg, t == yes, s)
	}
	x.learnNilness(arg, t, s)
	return true
}
