package lifecycle

import (
	"go/types"

	"golang.org/x/tools/go/ssa"
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
