package lifecycle

import (
	"go/types"

	"golang.org/x/tools/go/ssa"

	"github.com/connlint/connlint/internal/testcode"
)

// bottomUp sorts the declared functions of a package so that callees come before
// their callers, as far as recursion allows.
func bottomUp(fns []*ssa.Function) []*ssa.Function {
	o := &orderer{known: map[*types.Func]*ssa.Function{}, state: map[*ssa.Function]bool{}}
	for _, fn := range fns {
		if obj, ok := fn.Object().(*types.Func); ok {
			o.known[obj] = fn
		}
	}
	for _, fn := range fns {
		if fn.Parent() == nil {
			o.visit(fn)
		}
	}
	return o.out
}

type orderer struct {
	known map[*types.Func]*ssa.Function
	state map[*ssa.Function]bool
	out   []*ssa.Function
}

func (o *orderer) visit(root *ssa.Function) {
	// An explicit stack: call chains of generated code are long.
	type node struct {
		fn    *ssa.Function
		calls []*ssa.Function
	}
	if o.state[root] {
		return
	}
	o.state[root] = true
	stack := []*node{{root, o.calls(root)}}
	for len(stack) > 0 {
		top := stack[len(stack)-1]
		if len(top.calls) == 0 {
			o.out = append(o.out, top.fn)
			stack = stack[:len(stack)-1]
			continue
		}
		next := top.calls[0]
		top.calls = top.calls[1:]
		if !o.state[next] {
			o.state[next] = true
			stack = append(stack, &node{next, o.calls(next)})
		}
	}
}

// calls returns the functions of the package that fn or a literal in it calls.
func (o *orderer) calls(fn *ssa.Function) []*ssa.Function {
	var out []*ssa.Function
	for _, b := range fn.Blocks {
		for _, instr := range b.Instrs {
			call, ok := instr.(ssa.CallInstruction)
			if !ok {
				continue
			}
			callee := call.Common().StaticCallee()
			if callee == nil {
				continue
			}
			if obj, ok := callee.Object().(*types.Func); ok {
				if to := o.known[obj.Origin()]; to != nil {
					out = append(out, to)
				}
			}
		}
	}
	for _, lit := range fn.AnonFuncs {
		out = append(out, o.calls(lit)...)
	}
	return out
}

// static returns the function that is called: by its name, or by that of a variable of
// the package that is set where it is declared and, but for tests, nowhere else.
//
//	var open = sql.Open
func (e *engine) static(common *ssa.CallCommon) *ssa.Function {
	if fn := common.StaticCallee(); fn != nil {
		return fn
	}
	g := variableOf(common)
	if g == nil {
		return nil
	}
	if e.variables == nil {
		e.variables = map[*ssa.Global]*ssa.Function{}
		e.readVariables(e.ssa.Pkg.Func("init"))
		for _, fn := range e.ssa.Funcs {
			if fn.Synthetic == "" && !testcode.Has(fn) {
				e.readVariables(fn)
			}
		}
	}
	return e.variables[g]
}

// variableOf returns the variable of the package whose value is called, or nil.
func variableOf(common *ssa.CallCommon) *ssa.Global {
	if load, ok := common.Value.(*ssa.UnOp); ok && !common.IsInvoke() {
		g, _ := load.X.(*ssa.Global)
		return g
	}
	return nil
}

// readVariables notes what fn stores to variables of function type: nil for what is not
// a function of a name, or not the only one.
func (e *engine) readVariables(fn *ssa.Function) {
	for _, b := range fn.Blocks {
		for _, instr := range b.Instrs {
			store, ok := instr.(*ssa.Store)
			if !ok {
				continue
			}
			g, ok := store.Addr.(*ssa.Global)
			if !ok {
				continue
			}
			to, _ := store.Val.(*ssa.Function)
			if _, again := e.variables[g]; again {
				to = nil
			}
			e.variables[g] = to
		}
	}
}
