package lifecycle

import (
	"go/types"
	"slices"
	"strconv"

	"golang.org/x/tools/go/ssa"

	"github.com/connlint/connlint/internal/catalog"
)

func itoa(i int) string { return strconv.Itoa(i) }

// callInstruction executes a call, go or defer statement.
func (x *explorer) callInstruction(f *frame, instr ssa.CallInstruction, s *state) []*state {
	common := instr.Common()
	fnVal, args := x.operands(common, s)
	switch t := instr.(type) {
	case *ssa.Defer:
		if x.mattersLater(common, fnVal, args, s) {
			frame := f.depth
			if t.DeferStack != nil {
				frame = f.defers
			}
			x.deferCall(&deferral{call: t, args: append([]ssa.Value{fnVal}, args...), frame: frame}, s)
		}
		return []*state{s}
	case *ssa.Go:
		return x.spawn(f, t, fnVal, args, s)
	}
	if instr == x.ob.site {
		x.again(s)
		return nil
	}
	call := instr.(*ssa.Call)
	s.forgetTuple(call)
	return x.apply(f, instr, fnVal, args, s)
}

// operands resolves the function value, or the receiver of an interface call, and
// the arguments.
func (x *explorer) operands(common *ssa.CallCommon, s *state) (ssa.Value, []ssa.Value) {
	args := make([]ssa.Value, len(common.Args))
	for i, a := range common.Args {
		args[i] = x.resolve(a, s)
	}
	return x.resolve(common.Value, s), args
}

// deferCall registers a deferred call. One that a loop defers again and that has
// nothing to do with the resource is registered once: else no two rounds were alike.
func (x *explorer) deferCall(d *deferral, s *state) {
	carries := slices.ContainsFunc(d.args, func(a ssa.Value) bool { return isSym(a, resourceSym) })
	n := 0
	for old := s.defers; old != nil; old = old.next {
		if old.call == d.call && old.frame == d.frame && (!carries || slices.Equal(old.args, d.args)) {
			return
		}
		n++
	}
	if n >= maxDefers {
		x.giveUp()
		return
	}
	x.nums.push(d, s)
}

// mattersLater reports whether a deferred call can have to do with the resource.
func (x *explorer) mattersLater(common *ssa.CallCommon, fnVal ssa.Value, args []ssa.Value, s *state) bool {
	if mc, ok := fnVal.(*ssa.MakeClosure); ok {
		return len(mc.Bindings) > 0
	}
	if fnVal == x.ob.cancel && fnVal != nil {
		return true
	}
	if common.IsInvoke() && (x.carries(fnVal, s) || x.isParent(fnVal, s)) {
		return true
	}
	for _, a := range args {
		if x.carries(a, s) || x.isParent(a, s) {
			return true
		}
		if mc, ok := a.(*ssa.MakeClosure); ok && len(mc.Bindings) > 0 {
			return true
		}
	}
	if _, ok := fnVal.(*ssa.Function); !ok && !common.IsInvoke() {
		_, isBuiltin := fnVal.(*ssa.Builtin)
		return !isBuiltin
	}
	return false
}

// apply executes a call with resolved operands and returns the states after it;
// none if it does not return.
func (x *explorer) apply(f *frame, instr ssa.CallInstruction, fnVal ssa.Value, args []ssa.Value, s *state) []*state {
	common := instr.Common()
	x.note(instr, s)
	if b, ok := fnVal.(*ssa.Builtin); ok {
		x.builtin(b, instr, args, s)
		return []*state{s}
	}
	if isSym(fnVal, doneSym) {
		x.settle(false, s)
		return []*state{s}
	}
	if x.ob.goal == unchecked && x.an.foreign(common) {
		s.status = gone // it may not return where there is an error, as assertions do
		return []*state{s}
	}
	if fnVal == x.ob.cancel && fnVal != nil {
		x.cancelled(s)
		return []*state{s}
	}
	if !common.IsInvoke() {
		if states, ok := x.literal(f, instr, fnVal, args, s); ok {
			return states
		}
	}
	c := x.an.calleeOf(common)
	if c == nil {
		return x.unknownCall(f, instr, fnVal, args, s)
	}
	if c.noReturn() {
		return nil
	}
	if common.IsInvoke() {
		args = append([]ssa.Value{fnVal}, args...)
		if isError(common.Value.Type()) && x.nilness(fnVal, s) == unknown {
			x.learnNilness(fnVal, no, s) // a method of a nil error panics
		}
	}
	if states, ok := x.catalogued(f, c, instr, args, s); ok {
		return states
	}
	if common.IsInvoke() {
		return x.interfaceCall(f, c, instr, args, s)
	}
	if c.sum != nil {
		return x.summarized(f, c, instr, args, s)
	}
	return x.unknownCall(f, instr, fnVal, args, s)
}

// note remembers that the call may run while the resource is held.
func (x *explorer) note(instr ssa.CallInstruction, s *state) {
	if x.firstWhileHeld(instr, s) {
		x.ob.during = append(x.ob.during, instr)
	}
}

// noteWait remembers that the channel operation may block while the resource is held.
func (x *explorer) noteWait(instr ssa.Instruction, s *state) {
	if x.firstWhileHeld(instr, s) {
		x.ob.waits = append(x.ob.waits, instr)
	}
}

// firstWhileHeld reports whether instr is met for the first time with the resource
// held.
func (x *explorer) firstWhileHeld(instr ssa.Instruction, s *state) bool {
	if x.ob.goal != giveBack || s.status != held || x.ob.seen[instr] {
		return false
	}
	if x.ob.seen == nil {
		x.ob.seen = map[ssa.Instruction]bool{}
	}
	x.ob.seen[instr] = true
	return true
}

func (x *explorer) builtin(b *ssa.Builtin, instr ssa.CallInstruction, args []ssa.Value, s *state) {
	switch b.Name() {
	case "recover":
		if v := instr.Value(); v != nil {
			s.bind(v, anyNil)
			if x.panicking {
				s.bind(v, anyNonNil)
			}
		}
	case "ssa:wrapnilchk":
		if v := instr.Value(); v != nil && len(args) > 0 {
			s.bind(v, args[0])
		}
	case "append", "copy":
		for _, a := range args {
			if x.carries(a, s) {
				x.escape(s)
			}
		}
	}
}

// unknownCall executes a call of which nothing is known. What it is given may be
// kept; a literal it is given may run.
func (x *explorer) unknownCall(f *frame, instr ssa.CallInstruction, fnVal ssa.Value, args []ssa.Value, s *state) []*state {
	for _, a := range args {
		if mc, ok := a.(*ssa.MakeClosure); ok && isYield(mc.Fn.(*ssa.Function)) {
			return x.rangeOver(f, instr, mc, fnVal, args, s)
		}
	}
	if x.lendsToCallback(instr, fnVal, s) {
		x.disturb(fnVal, args, s)
		return []*state{s}
	}
	if x.carries(fnVal, s) {
		if _, isLit := fnVal.(*ssa.MakeClosure); !isLit {
			x.escape(s)
		}
	}
	given := instr.Common().Args
	for i, a := range args {
		if j := i - (len(args) - len(given)); j >= 0 && j < len(given) {
			if x.onlyView(given[j]) || x.lendsInContext(instr, given[j], a, s) {
				continue // it cannot do what the goal asks about
			}
			if x.ob.goal == readError && isSym(a, resourceSym) && readsUnasking(given[j].Type()) {
				if s.status == held {
					s.status, s.endPos = ended, x.at
				}
				continue
			}
		}
		if x.involves(f, instr, a, s) {
			x.escape(s)
		}
	}
	x.disturb(fnVal, args, s)
	return []*state{s}
}

// onlyView reports whether v is of an interface type through which nothing can be done
// that the goal asks about: release the resource, or look at the iteration error.
//
//	type DBTX interface { ExecContext(…); QueryContext(…) }
func (x *explorer) onlyView(v ssa.Value) bool {
	switch x.ob.kind {
	case catalog.Tx, catalog.Rows, catalog.Row:
	case "":
		if x.ob.typ == nil || !hasMethod(x.ob.typ, "Commit") && !hasMethod(x.ob.typ, "Next") {
			return false
		}
	default:
		return false // a pool is kept by whom it is given to, whatever they can do with it
	}
	if _, ok := x.an.cat.KindOf(v.Type()); ok {
		return false
	}
	iface, ok := v.Type().Underlying().(*types.Interface)
	if !ok || iface.NumMethods() == 0 {
		return false
	}
	if _, isParam := types.Unalias(v.Type()).(*types.TypeParam); isParam {
		return false
	}
	for m := range iface.Methods() {
		name := m.Name()
		switch {
		case name == "Next", x.ob.goal == readError && name == "Err":
			return false
		case x.ob.goal != readError && (x.releasesByName(name) || endsSomething[name]):
			return false
		}
	}
	return true
}

// readsUnasking reports whether t is an interface through which rows are read and their
// error cannot be asked for.
//
//	type Rows interface { Next() bool; Scan(...any) error; Close() error }
func readsUnasking(t types.Type) bool {
	return types.IsInterface(t) && hasMethod(t, "Next") && hasMethod(t, "Scan") && !hasMethod(t, "Err")
}

// involves reports whether handing a to an unknown callee may change who owns the
// resource. A literal that only uses the resource is harmless.
func (x *explorer) involves(f *frame, instr ssa.CallInstruction, a ssa.Value, s *state) bool {
	if !x.carries(a, s) {
		return false
	}
	mc, ok := a.(*ssa.MakeClosure)
	if !ok {
		return true
	}
	fn := mc.Fn.(*ssa.Function)
	if fn.Parent() == nil || f.depth >= maxInline {
		return true // a method of the resource
	}
	bindings := make([]ssa.Value, len(mc.Bindings))
	for i, b := range mc.Bindings {
		bindings[i] = x.resolve(b, s)
	}
	for _, after := range x.inline(f, instr, fn, bindings, nil, s.fork()) {
		if after.status != s.status {
			return true
		}
	}
	return false
}

// released records that the resource was given back.
func (x *explorer) released(s *state, commit bool) {
	switch s.status {
	case held, stored:
		if x.ob.goal == giveBack {
			s.status = released
			s.commits = commit
			x.ob.owned = true
			x.ob.completed = x.ob.completed || commit || x.inDefer > 0
			x.ob.shared = x.ob.shared || s.spawned.IsValid()
		}
	case released:
		s.byRead = false // and given back as well
	case absent:
		x.usedAbsent(s)
	}
}

// cancelled records that the context the resource lives in has ended.
func (x *explorer) cancelled(s *state) {
	if s.status == held && x.ob.goal == giveBack {
		s.status = released
	}
}

// usedAbsent handles a use of the resource where the acquire failed.
func (x *explorer) usedAbsent(s *state) {
	if x.ob.goal == unchecked && x.ob.nilOnErr {
		at := x.at
		for d := s.defers; d != nil; d = d.next { // deferred before: that is where to mend it
			if len(d.args) > 1 && isSym(d.args[1], resourceSym) || isSym(d.args[0], resourceSym) {
				at = d.call.Common().Pos()
			}
		}
		x.report(Unchecked, at, s)
	}
	s.status = gone
}

// checkedError records that the iteration error was looked at.
func (x *explorer) checkedError(s *state) {
	if x.ob.goal == readError && s.status == ended {
		s.status = held // there may be another result set
	}
}

// releaseNames are the methods by which a resource of unknown type is given back
// through an interface.
func (x *explorer) releasesByName(name string) bool {
	if slices.Contains(x.ob.release, name) {
		return true
	}
	if x.ob.kind != "" && x.ob.wrapper == "" {
		return x.an.releaseMethods[x.ob.kind][name]
	}
	if x.ob.kind == "" {
		for kind, names := range x.an.releaseMethods {
			if kind != catalog.Row && names[name] {
				return true
			}
		}
	}
	return false
}
