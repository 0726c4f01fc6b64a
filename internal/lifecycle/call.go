package lifecycle

import (
	"go/token"
	"go/types"
	"slices"
	"strconv"
	"strings"

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
		return []*state{x.spawn(f, t, fnVal, args, s)}
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
	for old := s.defers; old != nil; old = old.next {
		if old.call == d.call && old.frame == d.frame && (!carries || slices.Equal(old.args, d.args)) {
			return
		}
	}
	d.next = s.defers
	s.defers = d
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

// again handles the acquire being reached while its last resource is in hand.
func (x *explorer) again(s *state) {
	x.ob.repeats = true
	if s.status != held || x.ob.goal != giveBack {
		return
	}
	if x.keptAcross(s) {
		return // a variable of the loop still has it, and some condition that is not followed guards the acquire
	}
	sort := Leak
	if x.deferredRelease(s) {
		sort = LoopHeld
	}
	x.report(sort, x.ob.site.Pos(), s)
}

// keptAcross reports whether a variable that outlives a round of the loop holds the
// resource when the acquire is reached again.
func (x *explorer) keptAcross(s *state) bool {
	b := x.ob.site.Block()
	for _, e := range s.env {
		if _, ok := e.key.(*ssa.Phi); ok && (isSym(e.val, resourceSym) || x.carries(e.val, s)) && e.key.Parent() == x.ob.fn && x.an.live.liveIn(e.key, b) {
			return true
		}
	}
	if x.an.everyRound(b) {
		return false
	}
	for _, c := range s.cells {
		if isSym(c.val, resourceSym) && c.root != x.ob.root {
			return true
		}
	}
	// A variable of the loop, as in: if n == 0 { tx, err = db.Begin() }
	seen := map[ssa.Value]bool{}
	return x.ob.root != nil && reachesHeader(x.ob.root, b, seen)
}

// reachesHeader reports whether v is merged into a variable at the head of a loop
// around b.
func reachesHeader(v ssa.Value, b *ssa.BasicBlock, seen map[ssa.Value]bool) bool {
	if seen[v] || v.Referrers() == nil {
		return false
	}
	seen[v] = true
	for _, ref := range *v.Referrers() {
		phi, ok := ref.(*ssa.Phi)
		if !ok {
			continue
		}
		if phi.Block().Dominates(b) && phi.Block() != b || reachesHeader(phi, b, seen) {
			return true
		}
	}
	return false
}

// everyRound reports whether every round of the innermost loop around b passes
// through b.
func (e *engine) everyRound(b *ssa.BasicBlock) bool {
	for h := b; h != nil; h = h.Idom() {
		header := false
		for _, p := range h.Preds {
			if h == p || h.Dominates(p) {
				header = true
				if !b.Dominates(p) {
					return false
				}
			}
		}
		if header {
			return true
		}
	}
	return true
}

// spawn executes a go statement: the goroutine may take the resource over.
func (x *explorer) spawn(f *frame, t *ssa.Go, fnVal ssa.Value, args []ssa.Value, s *state) *state {
	involved := x.carries(fnVal, s)
	for _, a := range args {
		involved = involved || x.carries(a, s)
	}
	if !involved {
		x.disturb(fnVal, args, s)
		return s
	}
	for _, after := range x.apply(f, t, fnVal, args, s.fork()) {
		if after.status != s.status {
			x.escape(s)
			return s
		}
	}
	return s
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

// literal executes a call of a function literal or of a bound method.
func (x *explorer) literal(f *frame, instr ssa.CallInstruction, fnVal ssa.Value, args []ssa.Value, s *state) ([]*state, bool) {
	switch t := fnVal.(type) {
	case *ssa.MakeClosure:
		fn := t.Fn.(*ssa.Function)
		if fn.Parent() == nil && len(t.Bindings) == 1 { // a bound method: v.Method as a value
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
	recursive := false
	for g := f; g != nil; g = g.stack {
		recursive = recursive || g.fn == fn
	}
	if recursive || f.depth >= maxInline || len(fn.Blocks) == 0 || len(bindings) != len(fn.FreeVars) {
		all := append(slices.Clone(bindings), args...)
		return x.unknownCall(f, instr, anyUnknown, all, s)
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
	exits := x.run(g, point{fn.Blocks[0], 0, s})
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

// unknownCall executes a call of which nothing is known. What it is given may be
// kept; a literal it is given may run.
func (x *explorer) unknownCall(f *frame, instr ssa.CallInstruction, fnVal ssa.Value, args []ssa.Value, s *state) []*state {
	for _, a := range args {
		if mc, ok := a.(*ssa.MakeClosure); ok && isYield(mc.Fn.(*ssa.Function)) {
			return x.rangeOver(f, instr, mc, fnVal, args, s)
		}
	}
	if _, ok := fnVal.(*ssa.Parameter); ok && x.ob.site != nil && s.status == held {
		s.lent = true // a callback of the caller: whether it owns what it is given, this function's other paths tell
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
		if j := i - (len(args) - len(given)); j >= 0 && j < len(given) && x.onlyView(given[j]) {
			continue
		}
		if x.involves(f, instr, a, s) {
			x.escape(s)
		}
	}
	x.disturb(fnVal, args, s)
	return []*state{s}
}

// onlyView reports whether v is of an interface type through which the resource cannot
// be released: who keeps that does not own it.
//
//	type DBTX interface { ExecContext(…); QueryContext(…) }
func (x *explorer) onlyView(v ssa.Value) bool {
	switch x.ob.kind {
	case catalog.Tx, catalog.Rows, catalog.Row:
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
		if x.releasesByName(name) || endsSomething[name] || name == "Next" {
			return false
		}
	}
	return true
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

// disturb forgets what an unknown callee may have changed: the variables whose
// addresses it got and those that the literals it got assign.
func (x *explorer) disturb(fnVal ssa.Value, args []ssa.Value, s *state) {
	seen := map[ssa.Value]bool{}
	var visit func(v ssa.Value)
	visit = func(v ssa.Value) {
		if seen[v] {
			return
		}
		seen[v] = true
		switch t := v.(type) {
		case *ssa.Alloc:
			for _, c := range slices.Clone(s.cells) {
				if c.root == t && c.path != zeroFields {
					visit(c.val)
				}
			}
			x.unsettle(t, "", s)
		case *ssa.FieldAddr:
			root, path := x.address(t, s)
			x.unsettle(root, path, s)
		case *ssa.MakeClosure:
			fn := t.Fn.(*ssa.Function)
			for i, fv := range fn.FreeVars {
				if i < len(t.Bindings) && assigns(fn, fv, 0) {
					visit(x.resolve(t.Bindings[i], s))
				}
			}
		}
	}
	visit(fnVal)
	for _, a := range args {
		visit(a)
	}
}

// unsettle forgets the cells of root at path and below, except those that lead to the
// resource: whoever could release it there has been asked.
func (x *explorer) unsettle(root ssa.Value, path string, s *state) {
	s.cells = slices.DeleteFunc(s.cells, func(c cell) bool {
		return c.root == root && (c.path == zeroFields || under(c.path, path) && !x.carries(c.val, s))
	})
}

// assigns reports whether fn, or a literal in it, stores through its free variable
// or hands its address on.
func assigns(fn *ssa.Function, fv *ssa.FreeVar, depth int) bool {
	if depth > 4 {
		return true
	}
	if fv.Referrers() == nil {
		return false
	}
	for _, ref := range *fv.Referrers() {
		switch t := ref.(type) {
		case *ssa.UnOp, *ssa.FieldAddr, *ssa.DebugRef:
			if fa, ok := t.(*ssa.FieldAddr); ok && fa.Referrers() != nil {
				for _, r := range *fa.Referrers() {
					if _, isLoad := r.(*ssa.UnOp); !isLoad {
						return true
					}
				}
			}
		case *ssa.MakeClosure:
			inner := t.Fn.(*ssa.Function)
			for i, b := range t.Bindings {
				if b == ssa.Value(fv) && i < len(inner.FreeVars) && assigns(inner, inner.FreeVars[i], depth+1) {
					return true
				}
			}
		default:
			return true
		}
	}
	return false
}

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

// isParent reports whether v is the transaction or connection that the resource was
// acquired from.
func (x *explorer) isParent(v ssa.Value, s *state) bool {
	p := x.ob.parent
	if p == nil {
		return false
	}
	r := x.resolve(p, s)
	v = x.resolve(v, s)
	return r == v || sameLoad(x, r, v, s) || x.embeds(r, v, s) || x.embeds(v, r, s)
}

// embeds reports whether v is the resource that outer embeds, as in sqlx.Tx.
func (x *explorer) embeds(outer, v ssa.Value, s *state) bool {
	load, ok := v.(*ssa.UnOp)
	if !ok || load.Op != token.MUL {
		return false
	}
	root, path := x.address(load.X, s)
	if root != outer && !sameLoad(x, root, outer, s) || path == "" {
		return false
	}
	kind, ok := x.an.cat.KindOf(v.Type())
	of, ok2 := x.an.cat.KindOf(outer.Type())
	return ok && ok2 && kind == of
}

// sameLoad reports whether a and b were loaded from the same place.
func sameLoad(x *explorer, a, b ssa.Value, s *state) bool {
	la, ok := a.(*ssa.UnOp)
	lb, ok2 := b.(*ssa.UnOp)
	if !ok || !ok2 || la.Op != token.MUL || lb.Op != token.MUL {
		return false
	}
	ra, pa := x.address(la.X, s)
	rb, pb := x.address(lb.X, s)
	return pa == pb && (ra == rb || sameLoad(x, ra, rb, s))
}

// released records that the resource was given back.
func (x *explorer) released(s *state, commit bool) {
	switch s.status {
	case held, stored:
		if x.ob.goal == giveBack {
			s.status = released
			s.commits = commit
			x.ob.owned = true
		}
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
