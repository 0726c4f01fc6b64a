package nested

import (
	"go/types"
	"slices"
	"strconv"

	"golang.org/x/tools/go/ssa"

	"github.com/connlint/connlint/internal/calls"
	"github.com/connlint/connlint/internal/catalog"
	"github.com/connlint/connlint/internal/lifecycle"
	"github.com/connlint/connlint/internal/pools"
)

// findRunners finds the functions that run what they are given while they hold a
// connection, and those that hand it on to such.
func (f *finder) findRunners() {
	for _, res := range f.life.Resources {
		for _, ref := range f.poolsOf(res) {
			f.runsDuring(res, ref)
		}
	}
	for range 3 { // a runner of runners of runners is far enough
		for _, call := range f.giving {
			f.handsOn(call)
		}
	}
}

// runsDuring looks for calls of parameters while res is held.
func (f *finder) runsDuring(res *lifecycle.Resource, ref pools.Ref) {
	path := f.pools.Lift(res.Fn, ref)
	if path.Param == pools.OfNothing {
		return
	}
	during := runsWhile(res)
	for _, call := range during {
		if p := calledParam(call); p != nil && p.Parent() == res.Fn {
			f.addRun(res.Fn, guarded{Param: slices.Index(res.Fn.Params, p), Kind: res.Kind, Pool: path, Reuses: alsoWithout(p, res.Fn, during)})
		}
	}
}

// runsWhile returns the calls that run while res is held: those the engine saw, and
// the calls of parameters that are handed something made of it, which the engine
// takes for its new owner.
//
//	f(context.WithValue(ctx, key{}, tx))
//	f(&Store{db: tx})
func runsWhile(res *lifecycle.Resource) []ssa.CallInstruction {
	during := slices.Clone(res.During)
	if res.Value == nil {
		return during
	}
	for _, b := range res.Fn.Blocks {
		for _, instr := range b.Instrs {
			call, ok := instr.(ssa.CallInstruction)
			if !ok || calledParam(call) == nil || slices.Contains(during, call) {
				continue
			}
			if slices.ContainsFunc(call.Common().Args, func(a ssa.Value) bool { return madeOf(a, res.Value, 6) }) {
				during = append(during, call)
			}
		}
	}
	return during
}

// madeOf reports whether v is res or was made of it.
func madeOf(v, res ssa.Value, depth int) bool {
	if v == res {
		return true
	}
	if depth == 0 {
		return false
	}
	any := func(vs []ssa.Value) bool {
		return slices.ContainsFunc(vs, func(a ssa.Value) bool { return madeOf(a, res, depth-1) })
	}
	switch v := v.(type) {
	case *ssa.MakeInterface:
		return madeOf(v.X, res, depth-1)
	case *ssa.ChangeInterface:
		return madeOf(v.X, res, depth-1)
	case *ssa.ChangeType:
		return madeOf(v.X, res, depth-1)
	case *ssa.Extract:
		return madeOf(v.Tuple, res, depth-1)
	case *ssa.UnOp:
		return madeOf(v.X, res, depth-1)
	case *ssa.Phi:
		return any(v.Edges)
	case *ssa.Call:
		return any(operands(&v.Call))
	case *ssa.Alloc:
		return any(storedIn(v))
	}
	return false
}

// storedIn returns what is stored in a variable or in the fields of a struct made
// here.
func storedIn(alloc *ssa.Alloc) []ssa.Value {
	var vals []ssa.Value
	for _, ref := range *alloc.Referrers() {
		switch ref := ref.(type) {
		case *ssa.Store:
			if ref.Addr == alloc {
				vals = append(vals, ref.Val)
			}
		case *ssa.FieldAddr:
			for _, use := range *ref.Referrers() {
				if st, ok := use.(*ssa.Store); ok && st.Addr == ref {
					vals = append(vals, st.Val)
				}
			}
		}
	}
	return vals
}

// calledParam returns the parameter of function type that is called, also a
// captured one; or nil.
func calledParam(call ssa.CallInstruction) *ssa.Parameter {
	c := call.Common()
	if c.IsInvoke() {
		return nil
	}
	switch v := c.Value.(type) {
	case *ssa.Parameter:
		return v
	case *ssa.FreeVar:
		return boundParam(v)
	case *ssa.UnOp:
		if fv, ok := v.X.(*ssa.FreeVar); ok {
			return boundParam(fv)
		}
		if alloc, ok := v.X.(*ssa.Alloc); ok {
			return storedParam(alloc)
		}
	}
	return nil
}

// boundParam returns the parameter that a captured variable is, or nil.
func boundParam(fv *ssa.FreeVar) *ssa.Parameter {
	fn := fv.Parent()
	refs := fn.Referrers()
	if refs == nil {
		return nil
	}
	for _, ref := range *refs {
		mc, ok := ref.(*ssa.MakeClosure)
		if !ok {
			continue
		}
		switch b := mc.Bindings[slices.Index(fn.FreeVars, fv)].(type) {
		case *ssa.Parameter:
			return b
		case *ssa.FreeVar:
			return boundParam(b)
		case *ssa.Alloc:
			return storedParam(b)
		}
	}
	return nil
}

// storedParam returns the parameter that is stored in a variable first, or nil.
func storedParam(alloc *ssa.Alloc) *ssa.Parameter {
	for _, ref := range *alloc.Referrers() {
		if st, ok := ref.(*ssa.Store); ok && st.Addr == alloc {
			p, _ := st.Val.(*ssa.Parameter)
			return p
		}
	}
	return nil
}

// alsoWithout reports whether p is also called outside of during.
func alsoWithout(p *ssa.Parameter, fn *ssa.Function, during []ssa.CallInstruction) bool {
	for _, b := range fn.Blocks {
		for _, instr := range b.Instrs {
			call, ok := instr.(ssa.CallInstruction)
			if ok && calledParam(call) == p && !slices.Contains(during, call) {
				return true
			}
		}
	}
	return false
}

// handsOn finds the runners that hand their parameter to a runner, themselves or
// inside the literal that they give it.
func (f *finder) handsOn(call *ssa.Call) {
	fn := call.Parent()
	for _, r := range f.runsOf(call) {
		path := f.pools.Lift(fn, f.pools.Lower(call, r.Pool))
		arg := pools.Argument(call, r.Param)
		if arg == nil || path.Param == pools.OfNothing {
			continue
		}
		for _, p := range paramsRunBy(arg) {
			if i := slices.Index(fn.Params, p); i >= 0 {
				f.addRun(fn, guarded{Param: i, Kind: r.Kind, Pool: path, Reuses: r.Reuses})
			}
		}
	}
}

// callsGiving returns the calls of the package that give a function to what they
// call: those that runsOf can have an answer for.
func (f *finder) callsGiving() []*ssa.Call {
	var out []*ssa.Call
	for _, fn := range f.pools.SSA.Funcs {
		for _, instr := range f.pools.SSA.Calls(fn) {
			if call, ok := instr.(*ssa.Call); ok && slices.ContainsFunc(call.Call.Args, isFunction) {
				out = append(out, call)
			}
		}
	}
	return out
}

// paramsRunBy returns the parameters that a function value is, or that the literal
// it is calls.
func paramsRunBy(v ssa.Value) []*ssa.Parameter {
	if p, ok := v.(*ssa.Parameter); ok {
		return []*ssa.Parameter{p}
	}
	mc, ok := v.(*ssa.MakeClosure)
	if !ok {
		return nil
	}
	var params []*ssa.Parameter
	for _, b := range mc.Fn.(*ssa.Function).Blocks {
		for _, instr := range b.Instrs {
			if call, ok := instr.(ssa.CallInstruction); ok {
				if p := calledParam(call); p != nil {
					params = append(params, p)
				}
			}
		}
	}
	return params
}

func (f *finder) addRun(fn *ssa.Function, r guarded) {
	if r.Param >= 0 && !slices.Contains(f.runners[fn], r) {
		f.runners[fn] = append(f.runners[fn], r)
	}
}

// runsOf returns what the callee runs while it holds a connection: by the analysis of
// this package, by fact, by the catalog.
func (f *finder) runsOf(call ssa.CallInstruction) []guarded {
	c := call.Common()
	if !slices.ContainsFunc(c.Args, isFunction) {
		return nil
	}
	var fn *ssa.Function
	if c.IsInvoke() {
		fn = f.pools.Roots.Implementation(c)
	} else if callee := c.StaticCallee(); callee != nil {
		fn = calls.Declared(callee)
	}
	if runs := f.runners[fn]; fn != nil && len(runs) > 0 {
		return runs
	}
	if obj := calls.Func(c); obj != nil && obj.Pkg() != nil && obj.Pkg() != f.pass.Pkg {
		var fact runner
		if f.pass.ImportObjectFact(obj, &fact) {
			return fact.Runs
		}
	}
	return f.catalogRuns(c)
}

func isFunction(v ssa.Value) bool {
	_, ok := v.Type().Underlying().(*types.Signature)
	return ok
}

// catalogRuns returns what a driver's own runner runs: it both waits for a connection
// and calls a function.
func (f *finder) catalogRuns(c *ssa.CallCommon) []guarded {
	name := f.pools.SSA.NameOf(c)
	waits := f.pools.SSA.Catalog.Lookup(name, "wait")
	if len(waits) == 0 {
		return nil
	}
	shift := 0
	if calls.Receiver(c) != nil {
		shift = 1
	}
	pool := 0
	if n, err := strconv.Atoi(waits[0].Attr["pool"]); err == nil {
		pool = n + shift
	}
	var runs []guarded
	for _, fact := range f.pools.SSA.Catalog.Lookup(name, "calls") {
		runs = append(runs, guarded{Param: fact.Arg + shift, Kind: waits[0].Kind, Pool: pools.Path{Param: pool}})
	}
	return runs
}

// reuses reports whether the callee is a runner that uses the transaction that there
// is already.
func (f *finder) reuses(call ssa.CallInstruction) bool {
	return slices.ContainsFunc(f.runsOf(call), func(r guarded) bool { return r.Reuses })
}

// literals looks into the literals that are given to runners.
func (f *finder) literals(call *ssa.Call) {
	for _, r := range f.runsOf(call) {
		held := f.pools.Lower(call, r.Pool)
		arg := pools.Argument(call, r.Param)
		if arg == nil || !held.Known() {
			continue
		}
		if lit := calls.Function(arg); lit != nil && lit.Pkg == call.Parent().Pkg {
			f.literal(call, lit, held, r.Kind)
		}
	}
}

// literal looks for acquires from held in a function that runs while a connection of
// held is kept.
func (f *finder) literal(runner ssa.CallInstruction, lit *ssa.Function, held pools.Ref, kind catalog.Kind) {
	if lit.Parent() == nil {
		return // a declared function: its parameters are not ours to name
	}
	for _, b := range lit.Blocks {
		for _, instr := range b.Instrs {
			call, ok := instr.(*ssa.Call)
			if !ok {
				continue
			}
			given := f.given(call, nil)
			for _, a := range f.wanted(call) {
				if a.Ref == held && (!given || a.Despite) {
					f.found(runner, call, a, &Acquire{Held: kind, HeldPos: runner.Pos(), Holder: calls.Title(runner.Common())})
					break
				}
			}
		}
	}
}
