package lifecycle

import (
	"slices"

	"golang.org/x/tools/go/ssa"

	"github.com/connlint/connlint/internal/catalog"
)

// spawn executes a go statement. A goroutine that gives the resource back on some path
// has taken it over; one that never does only uses it.
func (x *explorer) spawn(f *frame, t *ssa.Go, fnVal ssa.Value, args []ssa.Value, s *state) []*state {
	involved := x.carries(fnVal, s) || slices.ContainsFunc(args, func(a ssa.Value) bool { return x.carries(a, s) })
	if !involved {
		x.disturb(fnVal, args, s)
		return []*state{s}
	}
	if exits, ok := x.goroutine(f, t, fnVal, args, s); ok {
		return x.takenOver(exits, s)
	}
	for _, after := range x.apply(f, t, fnVal, args, s.fork()) {
		if after.status != s.status {
			x.escape(s)
			break
		}
	}
	return []*state{s}
}

// goroutine executes the literal of a go statement and returns the ways it ends.
func (x *explorer) goroutine(f *frame, t *ssa.Go, fnVal ssa.Value, args []ssa.Value, s *state) ([]exit, bool) {
	mc, fn := closureOf(fnVal)
	if fn == nil || fn.Parent() == nil || x.ob.site == nil || x.ob.kind == catalog.Pool || s.status != held {
		return nil, false
	}
	var bindings []ssa.Value
	if mc != nil {
		for _, b := range mc.Bindings {
			bindings = append(bindings, x.resolve(b, s))
		}
	}
	exits, ok := x.body(f, fn, bindings, args, s.fork())
	return exits, ok && !x.gaveUp
}

// takenOver returns the states after a go statement whose literal ends in these ways.
// Where it ends with the resource still held, and others of its ways show that it is the
// one to deal with it, the function goes on as one that leaks, if it does not give back
// what the goroutine left.
func (x *explorer) takenOver(exits []exit, s *state) []*state {
	owns := false
	for _, ex := range exits {
		switch ex.state.status {
		case held:
		case released, ended:
			owns = true
		default:
			x.escape(s)
			return []*state{s}
		}
	}
	if !owns {
		return []*state{s}
	}
	states := []*state{}
	for _, ex := range exits {
		st := s.fork()
		switch {
		case ex.state.status == released, ex.state.status == held && x.ob.goal != giveBack:
			st.status = gone
		default:
			st.status, st.endPos, st.spawned = ex.state.status, ex.state.endPos, ex.pos
			st.hist = ex.state.hist
		}
		states = append(states, st)
	}
	x.ob.leaves, x.ob.escapes = true, true
	if x.ob.goal == giveBack {
		x.ob.owned = true
	}
	return x.distinct(states)
}
