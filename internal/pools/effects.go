package pools

import (
	"go/types"
	"path/filepath"
	"slices"
	"strconv"

	"golang.org/x/tools/go/ssa"

	"github.com/connlint/connlint/internal/calls"
	"github.com/connlint/connlint/internal/catalog"
	"github.com/connlint/connlint/internal/session"
)

// The effects of a function are what a call of it does to pools, as the function
// itself names them.
type effects struct {
	acquires []Acquire
	opens    []opening
	sets     []set
	closes   []Ref // the pools, by the function's own names
	runs     []int // the parameters, functions, that it calls before it returns
}

// maxEffects bounds each list of a function's effects; what is beyond is
// forgotten, which can only silence a report.
const maxEffects = 24

// callees returns the functions of this package that a call runs before it
// returns (or starts, for a go statement): the callee, and the function literals
// given to a callee that is known to run them.
func (r *Result) callees(call ssa.CallInstruction) []*ssa.Function {
	c := call.Common()
	var fns []*ssa.Function
	if c.IsInvoke() {
		if m := r.Roots.Implementation(c); m != nil {
			fns = append(fns, m)
		}
	} else if fn := c.StaticCallee(); fn != nil {
		fns = append(fns, sourceOf(fn))
	}
	for _, i := range r.runsParams(call) {
		if arg := Argument(call, i); arg != nil {
			if fn := calls.Function(arg); fn != nil {
				fns = append(fns, fn)
			}
		}
	}
	n := 0
	for _, fn := range fns {
		if fn.Pkg == r.SSA.Pkg && len(fn.Blocks) > 0 {
			fns[n] = fn
			n++
		}
	}
	return fns[:n]
}

// runsParams returns the arguments of a call, as Argument counts, that the callee
// runs.
func (r *Result) runsParams(call ssa.CallInstruction) []int {
	c := call.Common()
	var params []int
	for _, f := range r.SSA.Catalog.Lookup(r.SSA.NameOf(c), "calls", "once") {
		i := f.Arg
		if hasReceiver(c) {
			i++
		}
		params = append(params, i)
	}
	if c.IsInvoke() {
		return params
	}
	if fn := c.StaticCallee(); fn != nil {
		if e := r.effects[sourceOf(fn)]; e != nil {
			params = append(params, e.runs...)
		} else if s := r.factOf(c); s != nil {
			params = append(params, s.Runs...)
		}
	}
	return params
}

// sourceOf returns the generic function of an instance, and other functions
// themselves.
func sourceOf(fn *ssa.Function) *ssa.Function {
	if o := fn.Origin(); o != nil {
		return o
	}
	return fn
}

// summarize computes the effects of all functions, callees first and again until
// nothing changes.
func (r *Result) summarize() {
	order := r.postorder()
	stale := map[*ssa.Function]bool{}
	for pass := range maxFields {
		for i, fn := range order {
			if pass > 0 && !stale[fn] {
				continue
			}
			delete(stale, fn)
			e := r.effectsOf(fn)
			if same(e, r.effects[fn]) || e.empty() && r.effects[fn] == nil {
				continue
			}
			r.effects[fn] = e
			for _, caller := range r.waiting(fn) {
				if r.order[caller] <= i {
					stale[caller] = true // it was, or is just being, computed without
				}
			}
		}
		if len(stale) == 0 {
			return
		}
	}
}

// waiting returns the functions whose effects depend on those of fn.
func (r *Result) waiting(fn *ssa.Function) []*ssa.Function {
	var out []*ssa.Function
	for _, call := range r.callers[fn] {
		out = append(out, call.Parent())
	}
	if fn.Parent() != nil {
		out = append(out, fn.Parent())
	}
	return append(out, r.behind[fn]...)
}

func (e *effects) empty() bool {
	return len(e.acquires)+len(e.opens)+len(e.sets)+len(e.closes)+len(e.runs) == 0
}

func same(a, b *effects) bool {
	return b != nil && len(a.acquires) == len(b.acquires) && len(a.opens) == len(b.opens) &&
		len(a.sets) == len(b.sets) && len(a.runs) == len(b.runs) && len(a.closes) == len(b.closes)
}

// postorder returns the functions of the package, callees first where there is no
// recursion.
func (r *Result) postorder() []*ssa.Function {
	seen := map[*ssa.Function]bool{}
	var order []*ssa.Function
	var visit func(fn *ssa.Function)
	visit = func(fn *ssa.Function) {
		if seen[fn] {
			return
		}
		seen[fn] = true
		for _, lit := range fn.AnonFuncs {
			visit(lit)
		}
		for _, call := range r.calls[fn] {
			if callee := call.Common().StaticCallee(); callee != nil && callee.Pkg == r.SSA.Pkg {
				visit(sourceOf(callee))
			} else if m := r.Roots.Implementation(call.Common()); m != nil {
				r.behind[m] = append(r.behind[m], fn)
				visit(m)
			}
		}
		r.order[fn] = len(order)
		order = append(order, fn)
	}
	for _, fn := range r.funcs {
		visit(fn)
	}
	return order
}

// effectsOf computes the effects of a function from those of what it calls.
func (r *Result) effectsOf(fn *ssa.Function) *effects {
	e := &effects{}
	hasTx := r.takesTx(fn)
	for _, call := range r.calls[fn] {
		for _, a := range r.acquiresOf(call) {
			if !r.private(a.Ref) && !r.justOpened(fn, a.Ref) {
				a.Despite = a.Despite || hasTx && !r.givesHeld(call)
				e.addAcquire(a)
			}
		}
		for _, o := range r.opensOf(call) {
			e.addOpen(o)
		}
		for _, s := range r.setsOf(call) {
			e.addSet(s)
		}
		for _, ref := range r.closesOf(call) {
			if ref.Root != nil && !slices.Contains(e.closes, ref) && len(e.closes) < maxEffects {
				e.closes = append(e.closes, ref)
			}
		}
		if _, isGo := call.(*ssa.Go); isGo {
			continue
		}
		if p, ok := call.Common().Value.(*ssa.Parameter); ok && !call.Common().IsInvoke() {
			e.addRun(p)
		}
		for _, i := range r.runsParams(call) { // handed on
			if p, ok := Argument(call, i).(*ssa.Parameter); ok {
				e.addRun(p)
			}
		}
	}
	e.sets = append(e.sets, r.fieldSets(fn)...)
	return e
}

func (e *effects) addAcquire(a Acquire) {
	for _, old := range e.acquires {
		if old.Ref == a.Ref && old.Ctx == a.Ctx && old.Go == a.Go && old.Abstract == a.Abstract && old.Kind == a.Kind && old.Despite == a.Despite {
			return
		}
	}
	if len(e.acquires) < maxEffects {
		e.acquires = append(e.acquires, a)
	}
}

func (e *effects) addRun(p *ssa.Parameter) {
	for i, q := range p.Parent().Params {
		if p != q {
			continue
		}
		for _, old := range e.runs {
			if old == i {
				return
			}
		}
		e.runs = append(e.runs, i)
	}
}

// acquiresOf returns what a call takes from pools, in the names of the caller.
func (r *Result) acquiresOf(call ssa.CallInstruction) []Acquire {
	_, isGo := call.(*ssa.Go)
	if direct := r.directAcquire(call); direct != nil {
		direct.Go = isGo
		return []Acquire{*direct}
	}
	var out []Acquire
	callees := r.callees(call)
	for _, fn := range callees {
		e := r.effects[fn]
		if e == nil {
			continue
		}
		for _, a := range e.acquires {
			a.Ref = r.lower(call, fn, a.Ref)
			a.Ctx = r.lowerCtx(call, fn, a.Ctx)
			a.Go = a.Go || isGo
			out = append(out, a)
		}
	}
	if s := r.factOf(call.Common()); s != nil {
		for _, f := range s.Acquires {
			out = append(out, r.importAcquire(call, f, isGo))
		}
	}
	return out
}

// closesOf returns the pools and connections that a call closes, in the names of
// the caller.
func (r *Result) closesOf(call ssa.CallInstruction) []Ref {
	c := call.Common()
	for _, f := range r.SSA.Catalog.Lookup(r.SSA.NameOf(c), "release") {
		if _, ok := f.Attr["arg"]; !ok && (f.Kind == catalog.Pool || f.Kind == catalog.Conn) {
			return []Ref{r.refOf(Argument(call, 0))}
		}
	}
	var out []Ref
	for _, fn := range r.callees(call) {
		if e := r.effects[fn]; e != nil {
			for _, ref := range e.closes {
				out = append(out, r.lower(call, fn, ref))
			}
		}
	}
	if s := r.factOf(c); s != nil {
		for _, p := range s.Closes {
			out = append(out, r.lowerPath(call, p))
		}
	}
	return out
}

// directAcquire returns what a call of a driver's method takes, also through an
// interface with such a method; else nil.
func (r *Result) directAcquire(call ssa.CallInstruction) *Acquire {
	c := call.Common()
	name := r.SSA.NameOf(c)
	facts := r.SSA.Catalog.Lookup(name, "wait")
	abstract := false
	if len(facts) == 0 && c.IsInvoke() {
		facts, abstract = r.waitMethods(c.Method), true
		if slices.ContainsFunc(c.Args, func(v ssa.Value) bool { return r.isHeld(v.Type()) }) {
			return nil // it is told which connection to use
		}
	}
	if len(facts) == 0 {
		return r.preparedAcquire(call, name)
	}
	f := facts[0]
	var pool ssa.Value
	if n, ok := f.Attr["pool"]; ok {
		pool = argument(call, n)
	} else {
		pool = Argument(call, 0)
	}
	a := &Acquire{Ref: r.refOf(pool), Kind: f.Kind, Method: f.Name, Pos: call.Pos(), Site: r.site(call), Abstract: abstract, Free: session.Advises(call) != session.NoLock}
	a.Ctx = Ctx{Class: CtxNone}
	if n, ok := f.Attr["ctx"]; ok {
		a.Ctx = r.contextOf(argument(call, n))
	}
	return a
}

// waitMethods returns the wait facts of the driver method that a method of an
// interface stands for: the same name and the same number of parameters.
func (r *Result) waitMethods(m *types.Func) []*catalog.Fact {
	for _, f := range r.waits[m.Name()] {
		sig := m.Type().(*types.Signature)
		if n, err := strconv.Atoi(f.Attr["ctx"]); err == nil {
			if n >= sig.Params().Len() || !isContext(sig.Params().At(n).Type()) {
				continue
			}
		} else if sig.Params().Len() > 0 && isContext(sig.Params().At(0).Type()) {
			continue
		}
		return []*catalog.Fact{f}
	}
	return nil
}

func isContext(t types.Type) bool {
	named, ok := types.Unalias(t).(*types.Named)
	return ok && named.Obj().Name() == "Context" && named.Obj().Pkg() != nil && named.Obj().Pkg().Path() == "context"
}

// lower renames a Ref of callee as the function around call names it: arguments
// for parameters. What a function literal took from the function around it has
// its name there already.
func (r *Result) lower(call ssa.CallInstruction, callee *ssa.Function, ref Ref) Ref {
	switch root := ref.Root.(type) {
	case nil:
		return Ref{}
	case *ssa.Global:
		return ref
	case *ssa.Parameter:
		if root.Parent() == callee {
			if !isCalled(call, callee) {
				return Ref{} // a function handed over: who knows with what it is called
			}
			return r.lowerPath(call, r.lift(callee, ref))
		}
	}
	if encloses(ref.Root.Parent(), callee) {
		return ref
	}
	return Ref{}
}

func (r *Result) lowerCtx(call ssa.CallInstruction, callee *ssa.Function, c Ctx) Ctx {
	if c.Class != CtxParam || encloses(c.Param.Parent(), callee) {
		return c
	}
	if c.Param.Parent() != callee || !isCalled(call, callee) {
		return Ctx{}
	}
	for i, p := range callee.Params {
		if p == c.Param {
			return r.contextOf(Argument(call, i))
		}
	}
	return Ctx{}
}

// isCalled reports whether callee is what call calls, not a function it is given.
func isCalled(call ssa.CallInstruction, callee *ssa.Function) bool {
	c := call.Common()
	if c.IsInvoke() {
		return callee.Signature.Recv() != nil
	}
	fn := c.StaticCallee()
	return fn != nil && sourceOf(fn) == callee
}

// encloses reports whether fn is a function literal in outer, at any depth.
func encloses(outer, fn *ssa.Function) bool {
	for p := fn.Parent(); p != nil; p = p.Parent() {
		if p == outer {
			return true
		}
	}
	return false
}

// isPoolRef reports whether the value is known to be a pool by its type.
func (r *Result) isPoolRef(ref Ref) bool {
	t := r.typeOf(ref)
	return t != nil && r.isPool(t)
}

// isHeld reports whether t is a transaction or a connection.
func (r *Result) isHeld(t types.Type) bool {
	kind, ok := r.SSA.Catalog.KindOf(t)
	return ok && (kind == catalog.Tx || kind == catalog.Conn)
}

// begins reports whether a value is an interface that begins transactions and is none.
func (r *Result) begins(ref Ref) bool {
	t := r.typeOf(ref)
	if t == nil {
		return false
	}
	iface, ok := t.Underlying().(*types.Interface)
	if !ok {
		return false
	}
	begins := false
	for m := range iface.Methods() {
		switch m.Name() {
		case "Commit", "Rollback":
			return false
		case "Begin", "BeginTx", "Beginx", "BeginTxx":
			begins = true
		}
	}
	return begins
}

// typeOf returns the type of the value, or nil.
func (r *Result) typeOf(ref Ref) types.Type {
	if ref.Root == nil {
		return nil
	}
	t := ref.Root.Type()
	if t == nil {
		return nil // a package variable that only its package can name
	}
	switch ref.Root.(type) {
	case *ssa.Global, *ssa.Alloc:
		if p, ok := t.Underlying().(*types.Pointer); ok {
			t = p.Elem()
		}
	}
	for fields := ref.Fields; fields != ""; {
		var name string
		name, fields = firstField(fields)
		st := structOf(t)
		if st == nil {
			return nil
		}
		t = nil
		for f := range st.Fields() {
			if f.Name() == name {
				t = f.Type()
			}
		}
		if t == nil {
			return nil
		}
	}
	return t
}

// site returns file:line of an instruction, without the folder.
func (r *Result) site(instr ssa.Instruction) string {
	p := r.pass.Fset.Position(instr.Pos())
	return filepath.Base(p.Filename) + ":" + strconv.Itoa(p.Line)
}
