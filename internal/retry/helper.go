package retry

import (
	"go/types"
	"regexp"
	"slices"

	"golang.org/x/tools/go/ssa"

	"github.com/connlint/connlint/internal/calls"
)

// retriedParams returns the parameters of function type that fn calls again while
// they fail, or hands to something that does.
func (e *engine) retriedParams(fn *ssa.Function) []int {
	if len(fn.Params) == 0 {
		return nil
	}
	var params []int
	add := func(v ssa.Value) {
		for i, p := range fn.Params {
			if v == p && !slices.Contains(params, i) {
				params = append(params, i)
			}
		}
	}
	for _, call := range e.SSA.Calls(fn) {
		c := call.Common()
		for _, l := range e.loops[fn] {
			if l.blocks[call.Block()] && l.triesAgain() {
				add(c.Value)
			}
		}
		for _, i := range e.retriedArgs(c) {
			if i < len(c.Args) {
				add(c.Args[i])
				e.capturedCalls(calls.Function(c.Args[i]), c.Args[i], add)
			}
		}
	}
	slices.Sort(params)
	return params
}

// capturedCalls adds the variables of the enclosing function that a literal calls.
func (e *engine) capturedCalls(lit *ssa.Function, v ssa.Value, add func(ssa.Value)) {
	mc := closure(v)
	if mc == nil || lit == nil {
		return
	}
	for _, call := range e.SSA.Calls(lit) {
		value := call.Common().Value
		if load, ok := value.(*ssa.UnOp); ok {
			value = load.X
		}
		for i, fv := range lit.FreeVars {
			if value == fv {
				add(captured(mc.Bindings[i]))
			}
		}
	}
}

// closure returns the instruction that makes the literal v, or nil.
func closure(v ssa.Value) *ssa.MakeClosure {
	if ct, ok := v.(*ssa.ChangeType); ok {
		v = ct.X
	}
	mc, _ := v.(*ssa.MakeClosure)
	return mc
}

// captured returns the value in a captured variable that is stored to once; the
// variable else.
func captured(v ssa.Value) ssa.Value {
	alloc, ok := v.(*ssa.Alloc)
	if !ok {
		return v
	}
	var val ssa.Value
	for _, ref := range *alloc.Referrers() {
		if st, ok := ref.(*ssa.Store); ok && st.Addr == alloc {
			if val != nil {
				return v
			}
			val = st.Val
		}
	}
	if val == nil {
		return v
	}
	return val
}

// retriedArgs returns the arguments that the callee runs again while they fail: by
// the catalog, by fact, or because its name says so and it cannot be looked into.
func (e *engine) retriedArgs(c *ssa.CallCommon) []int {
	if !slices.ContainsFunc(c.Args, isFunction) {
		return nil
	}
	var args []int
	for _, f := range e.SSA.Catalog.Lookup(e.SSA.NameOf(c), "retry") {
		i := f.Arg
		if !c.IsInvoke() && c.Signature().Recv() != nil {
			i++
		}
		args = append(args, i)
	}
	if a := e.aboutCallee(c); a != nil {
		args = append(args, a.retries...)
	}
	if len(args) == 0 && e.namedRetry(c) {
		for i := range calls.Literals(c) {
			args = append(args, i)
		}
		slices.Sort(args)
	}
	return args
}

func isFunction(v ssa.Value) bool {
	_, ok := v.Type().Underlying().(*types.Signature)
	return ok
}

var retryName = regexp.MustCompile(`(?i)retr(y|ies)|backoff|attempt|untilsucc|eventually|repeat|poll|waitfor|waituntil`)

// namedRetry reports whether a function of a package without facts is called like a
// retry helper: packages that cannot reach a database are not analyzed.
func (e *engine) namedRetry(c *ssa.CallCommon) bool {
	fn := calls.Func(c)
	if fn == nil || fn.Pkg() == nil || fn.Pkg() == e.pass.Pkg {
		return false
	}
	return retryName.MatchString(fn.Name()) || retryName.MatchString(fn.Pkg().Name())
}

// retried reports whether what happens at call is tried again when it fails: in a
// loop, in a literal given to a helper, or because every function of this package
// that gets here does it from such a place.
func (e *engine) retried(call ssa.CallInstruction, depth int) bool {
	fn := call.Parent()
	for _, l := range e.loops[fn] {
		if l.blocks[call.Block()] {
			return true
		}
	}
	return e.retriedFunction(fn, depth)
}

func (e *engine) retriedFunction(fn *ssa.Function, depth int) bool {
	if depth == 0 || retryName.MatchString(fn.Name()) {
		return true // unknown is silent
	}
	for _, call := range e.made[fn] {
		c := call.Common()
		for _, i := range e.retriedArgs(c) {
			if i < len(c.Args) && calls.Function(c.Args[i]) == fn {
				return true
			}
		}
	}
	if fn.Parent() != nil && e.retriedFunction(fn.Parent(), depth-1) {
		return true
	}
	for _, call := range e.callers[fn] {
		if call.Parent() == fn || e.retried(call, depth-1) {
			return true // tried again by recursion, or by that caller
		}
	}
	return false
}
