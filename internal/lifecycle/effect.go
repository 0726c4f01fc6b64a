package lifecycle

import (
	"go/types"
	"slices"
	"strconv"

	"golang.org/x/tools/go/ssa"

	"github.com/connlint/connlint/internal/catalog"
)

// catalogued executes a call that the catalog describes. It reports false if the
// catalog says nothing that settles what becomes of the resource. args has the
// receiver of a method first.
func (x *explorer) catalogued(f *frame, c *callee, instr ssa.CallInstruction, args []ssa.Value, s *state) ([]*state, bool) {
	onResource := c.method && len(args) > 0 && isSym(args[0], resourceSym) && x.an.ofDriver(c)
	if onResource && s.status == absent {
		x.usedAbsent(s)
		return []*state{s}, true
	}
	settled := false
	for _, fact := range c.facts {
		switch fact.Verb {
		case "release":
			settled = x.releaseFact(c, fact, args, s) || settled
		case "exhaust":
			if onResource {
				x.asksNext(instr, fact.Attr["by"] == "sets", s)
			}
		case "check":
			if onResource {
				if x.ob.goal == readError && s.status == ended {
					x.bindResult(instr, 0, anyIterErr, s)
				}
				x.checkedError(s)
				if x.ob.goal == giveBack { // with an error, the connection has been given back
					x.bindResult(instr, 0, anyFailure, s)
				}
			}
		case "scan":
			if onResource && fact.Attr["onerr"] == "release" && x.ob.goal == giveBack {
				x.bindResult(instr, instr.Common().Signature().Results().Len()-1, anyFailure, s)
			}
		case "consume":
			if i := c.index(fact.Arg); i < len(args) && x.carries(args[i], s) {
				if fact.Attr["when"] == "nil" {
					return x.consumedWhenNil(instr, fact, s), true
				}
				if into := fact.Attr["into"]; into != "" {
					switch holdsAll(instr.Common().Args[c.index(atoi(into))]) {
					case no:
						settled = true
						continue
					case unknown:
						x.escape(s)
						return []*state{s}, true
					}
				}
				x.consumed(fact, s)
				settled = true
			}
		case "context":
			if x.putInContext(instr, args, s) {
				return []*state{s}, true
			}
		case "borrow":
			if i := c.index(fact.Arg); i < len(args) && x.carries(args[i], s) {
				settled = true
			}
		case "derive":
			if i := c.target(fact); i < len(args) && x.carries(args[i], s) {
				x.bindResult(instr, fact.Arg, args[i], s)
				settled = true
			}
		case "iserr":
			if len(args) > 0 {
				x.bindResult(instr, atoi(fact.Attr["result"]), x.an.isErrorOf(args[0]), s)
			}
		case "joins":
			switch x.joined(args, s) {
			case yes:
				x.bindResult(instr, 0, anyNil, s)
			case no:
				x.bindResult(instr, 0, anyNonNil, s)
			}
		case "nilafter", "nonnilafter":
			if i := c.index(fact.Arg); i < len(args) && !x.suppose(args[i], truthOf(fact.Verb == "nilafter"), s) {
				return nil, true
			}
		case "trueafter", "falseafter":
			if i := c.index(fact.Arg); i < len(args) && !x.learn(args[i], fact.Verb == "trueafter", s) {
				return nil, true
			}
		case "isnil", "isnonnil":
			if i := c.index(fact.Arg); i < len(args) {
				return x.tested(instr, args[i], Test{IfNil: fact.Verb == "isnil", OneWay: fact.Verb == "isnonnil"}, s), true
			}
		case "calls":
			if i := c.index(fact.Arg); i < len(args) && fact.Attr == nil {
				return x.callsLiteral(f, instr, args, i, s), true
			}
		}
	}
	if onResource {
		x.derived(c, instr, s)
	}
	settled = settled || onResource && c.sum == nil
	if settled {
		x.disturb(anyUnknown, args, s) // Scan stores into what it is given
	}
	return []*state{s}, settled
}

// asksNext executes Next, or the call that goes on to the next result set.
func (x *explorer) asksNext(instr ssa.CallInstruction, sets bool, s *state) {
	switch {
	case x.ob.goal != readError:
		x.bindResult(instr, 0, anyNext, s)
	case s.status == ended && sets:
		x.bindResult(instr, 0, anySets, s)
	case s.status == ended:
		x.bindResult(instr, 0, anyFalse, s) // the end stays the end
	case !sets:
		x.bindResult(instr, 0, anyNext, s)
	}
}

// derived handles a builder's method: what it returns is the resource again, with an
// error of its own.
func (x *explorer) derived(c *callee, instr ssa.CallInstruction, s *state) {
	res := c.fn.Signature().Results()
	if x.ob.again == nil || res.Len() != 1 || !types.Identical(res.At(0).Type(), x.ob.typ) {
		return
	}
	if slices.ContainsFunc(c.facts, func(f *catalog.Fact) bool { return f.Verb == "derive" }) {
		return // the same under another name, with the same error
	}
	if len(c.facts) == 0 || s.status == held {
		x.bindResult(instr, 0, x.ob.again, s)
	}
}

// releaseFact executes a release of the resource or of its parent.
func (x *explorer) releaseFact(c *callee, fact *catalog.Fact, args []ssa.Value, s *state) bool {
	i := 0
	if w := fact.Attr["arg"]; w != "" {
		n, _ := strconv.Atoi(w)
		i = c.index(n)
	}
	if i >= len(args) {
		return false
	}
	switch {
	case isSym(args[i], resourceSym):
		if x.ob.kind == "" || x.ob.kind == fact.Kind || x.ob.wrapper != "" {
			x.settle(fact.Attr["end"] == "commit", s)
		}
		return true
	case x.isParent(args[i], s):
		x.parentReleased(fact.Kind, s)
		return true
	}
	return false
}

// settle releases the resource, and watches a deferred commit of a function that
// fails.
func (x *explorer) settle(commit bool, s *state) {
	if commit && x.inDefer > 0 && x.returning == no && s.status == held && x.ob.goal == giveBack {
		x.report(CommitAfter, x.at, s)
	}
	x.released(s, commit)
}

// parentReleased handles the end of the transaction or connection that the resource
// was acquired from.
func (x *explorer) parentReleased(kind catalog.Kind, s *state) {
	if x.ob.goal != giveBack || s.status != held {
		return
	}
	switch {
	case x.ob.parentEnds, kind == catalog.Tx, kind == catalog.Batch, kind == catalog.Pool:
		s.status = released // its rows and statements end with it
	case x.an.blocksClose(x.ob):
		x.report(BlocksClose, x.at, s)
		s.status = gone
	case x.ob.kind != catalog.Stmt: // the server keeps the statements of a connection that goes back
		s.status = gone
	}
}

// consumed executes a callee that reads, checks and releases.
func (x *explorer) consumed(fact *catalog.Fact, s *state) {
	if s.status == absent {
		s.status = gone
		return
	}
	if x.ob.goal == readError && fact.Attr["check"] == "no" {
		s.status = ended
		s.endPos = x.at
		return
	}
	if s.status == held || s.status == ended {
		s.status = released
	}
}

// holdsAll reports whether what a scanner is given to scan into takes all the rows, as
// slices do; one row goes into a struct or a map.
func holdsAll(dest ssa.Value) truth {
	for {
		mi, ok := dest.(*ssa.MakeInterface)
		if !ok {
			break
		}
		dest = mi.X
	}
	ptr, ok := dest.Type().Underlying().(*types.Pointer)
	if !ok {
		return unknown
	}
	t := ptr.Elem()
	if p, ok := t.Underlying().(*types.Pointer); ok {
		t = p.Elem()
	}
	switch t.Underlying().(type) {
	case *types.Interface:
		return unknown
	case *types.Map:
		return no
	case *types.Struct:
		if named, ok := types.Unalias(t).(*types.Named); ok && named.Obj().Pkg() != nil {
			path := named.Obj().Pkg().Path()
			return truthOf(path == "time" || path == "database/sql") // a value of a column
		}
		return no
	}
	return yes
}

// consumedWhenNil executes a callee that reads to the end, and leaves the resource
// open where it fails.
func (x *explorer) consumedWhenNil(instr ssa.CallInstruction, fact *catalog.Fact, s *state) []*state {
	failed, fine := s.fork(), s
	x.consumed(fact, fine)
	if s.status == absent {
		x.escape(failed)
	}
	last := instr.Common().Signature().Results().Len() - 1
	if r := resultValue(instr, last); r != nil {
		fine.setFact(r, yes)
		failed.setFact(r, no)
	}
	return []*state{fine, failed}
}

// tested executes a callee whose boolean result tells whether an argument is nil.
func (x *explorer) tested(instr ssa.CallInstruction, arg ssa.Value, test Test, s *state) []*state {
	isNil := func(s *state) *state {
		x.bindResult(instr, 0, boolSym(test.IfNil), s)
		return s
	}
	isNot := func(s *state) *state {
		if !test.OneWay {
			x.bindResult(instr, 0, boolSym(!test.IfNil), s)
		}
		return s
	}
	switch x.nilness(arg, s) {
	case yes:
		return []*state{isNil(s)}
	case no:
		return []*state{isNot(s)}
	}
	other := s.fork()
	x.learnNilness(arg, yes, s)
	x.learnNilness(arg, no, other)
	return []*state{isNil(s), isNot(other)}
}

// bindResult gives result i of a call a value.
func (x *explorer) bindResult(instr ssa.CallInstruction, i int, v ssa.Value, s *state) {
	if r := resultValue(instr, i); r != nil {
		s.bind(r, v)
	}
}

// resultValue returns the value of result i of a call, or nil if it is not used.
func resultValue(instr ssa.CallInstruction, i int) ssa.Value {
	call := instr.Value()
	if call == nil {
		return nil
	}
	if call.Call.Signature().Results().Len() == 1 {
		if i == 0 {
			return call
		}
		return nil
	}
	if call.Referrers() != nil {
		for _, ref := range *call.Referrers() {
			if e, ok := ref.(*ssa.Extract); ok && e.Index == i {
				return e
			}
		}
	}
	return nil
}

// callsLiteral executes a callee that runs the function it is given as argument i.
func (x *explorer) callsLiteral(f *frame, instr ssa.CallInstruction, args []ssa.Value, i int, s *state) []*state {
	mc, fn := closureOf(args[i])
	var states []*state
	switch {
	case isBound(mc):
		states = x.bound(f, instr, fn, mc.Bindings[0], nil, s)
	case fn == nil || fn.Parent() == nil:
		return []*state{s}
	default:
		var bindings []ssa.Value
		if mc != nil {
			for _, b := range mc.Bindings {
				bindings = append(bindings, x.resolve(b, s))
			}
		}
		states = x.inline(f, instr, fn, bindings, nil, s)
	}
	for _, st := range states {
		// The results of the literal are not those of its caller.
		if v := instr.Value(); v != nil {
			st.forgetTuple(v)
		}
	}
	return states
}

// isBound reports whether the closure is a method value, such as row.Scan.
func isBound(mc *ssa.MakeClosure) bool {
	return mc != nil && mc.Fn.(*ssa.Function).Parent() == nil && len(mc.Bindings) == 1
}

func closureOf(v ssa.Value) (*ssa.MakeClosure, *ssa.Function) {
	switch t := v.(type) {
	case *ssa.MakeClosure:
		return t, t.Fn.(*ssa.Function)
	case *ssa.Function:
		return nil, t
	}
	return nil, nil
}

// endsSomething are the names of methods that end the life of what they are called
// on; through an interface, that may be the resource in it.
var endsSomething = map[string]bool{
	"Close": true, "Release": true, "Stop": true, "Done": true, "End": true, "Finish": true,
	"Commit": true, "Rollback": true, "Cancel": true, "Shutdown": true, "Discard": true,
	"Abort": true, "Cleanup": true, "Destroy": true, "Free": true, "Dispose": true, "Unlock": true,
}
