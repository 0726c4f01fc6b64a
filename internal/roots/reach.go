package roots

import (
	"go/types"
	"slices"

	"golang.org/x/tools/go/ssa"

	"github.com/connlint/connlint/internal/calls"
	"github.com/connlint/connlint/internal/testcode"
)

// Reached returns how an instruction comes to run on behalf of a root, or nil if
// this package has none that reaches it.
func (r *Result) Reached(instr ssa.Instruction) *Reach {
	fn := instr.Parent()
	if reach := r.fns[fn]; reach != nil {
		return reach
	}
	for _, root := range r.loops[fn] {
		if root.Blocks[instr.Block()] {
			return &Reach{Root: root}
		}
	}
	return nil
}

// Detached reports whether the root has gone on by then: a goroutine does it that says
// nothing to the one that started it.
func (r *Reach) Detached() bool {
	return slices.ContainsFunc(r.Via, func(instr ssa.Instruction) bool {
		switch instr := instr.(type) {
		case *ssa.Go:
			return !Awaited(instr)
		case *ssa.MakeClosure:
			refs := *instr.Referrers()
			return len(refs) > 0 && !slices.ContainsFunc(refs, func(use ssa.Instruction) bool {
				start, ok := use.(*ssa.Go)
				return !ok || start.Call.Value != instr || Awaited(start)
			})
		}
		return false
	})
}

// Awaited reports whether a goroutine says when it is done: the function that it runs sends
// to a channel, closes one, or calls the Done of a sync.WaitGroup.
func Awaited(start *ssa.Go) bool {
	fn := start.Call.StaticCallee()
	return fn != nil && signals(calls.Declared(fn))
}

func signals(fn *ssa.Function) bool {
	for _, b := range fn.Blocks {
		for _, instr := range b.Instrs {
			switch instr := instr.(type) {
			case *ssa.Send:
				return true
			case ssa.CallInstruction:
				c := instr.Common()
				if b, ok := c.Value.(*ssa.Builtin); ok && b.Name() == "close" {
					return true
				}
				if obj := calls.Func(c); obj != nil && obj.Name() == "Done" && c.Signature().Results().Len() == 0 {
					return true
				}
			}
		}
	}
	return slices.ContainsFunc(fn.AnonFuncs, signals)
}

// spread marks what the roots reach, nearest roots first; functions that serve
// win over loops.
func (r *Result) spread() {
	var work []*ssa.Function
	for _, root := range r.Roots {
		if root.Blocks == nil {
			r.fns[root.Fn] = &Reach{Root: root}
			work = append(work, root.Fn)
		}
	}
	work = r.drain(work)
	for _, root := range r.Roots {
		if root.Blocks == nil || r.fns[root.Fn] != nil {
			continue
		}
		from := &Reach{Root: root}
		for _, b := range root.Fn.Blocks {
			if root.Blocks[b] {
				work = r.step(b, from, work)
			}
		}
	}
	r.drain(work)
}

func (r *Result) drain(work []*ssa.Function) []*ssa.Function {
	for len(work) > 0 {
		fn := work[0]
		work = work[1:]
		for _, b := range fn.Blocks {
			work = r.step(b, r.fns[fn], work)
		}
	}
	return work
}

// step marks the functions that a block calls or makes.
func (r *Result) step(b *ssa.BasicBlock, from *Reach, work []*ssa.Function) []*ssa.Function {
	for _, instr := range b.Instrs {
		for _, fn := range r.runs(instr) {
			if r.fns[fn] != nil || testcode.Has(fn) {
				continue
			}
			via := append(from.Via[:len(from.Via):len(from.Via)], instr)
			r.fns[fn] = &Reach{Root: from.Root, Via: via}
			work = append(work, fn)
		}
	}
	return work
}

// runs returns the functions of this package that an instruction makes run, now
// or, for a function literal, some time while the request is served. What is
// given to a sync.Once does not run once a request.
func (r *Result) runs(instr ssa.Instruction) []*ssa.Function {
	switch instr := instr.(type) {
	case *ssa.MakeClosure:
		fn := instr.Fn.(*ssa.Function)
		if r.onlyOnce(instr) {
			return nil
		}
		return r.withBody(calls.Declared(fn))
	case ssa.CallInstruction:
		c := instr.Common()
		var fns []*ssa.Function
		if c.IsInvoke() {
			fns = r.withBody(r.Implementation(c))
		} else if fn := c.StaticCallee(); fn != nil {
			fns = r.withBody(calls.Declared(fn))
		}
		if len(r.SSA.Catalog.Lookup(r.SSA.NameOf(c), "once")) > 0 {
			return fns
		}
		for _, a := range c.Args {
			if fn, ok := a.(*ssa.Function); ok { // a literal that captures nothing
				fns = append(fns, r.withBody(calls.Declared(fn))...)
			}
		}
		return fns
	}
	return nil
}

func (r *Result) withBody(fn *ssa.Function) []*ssa.Function {
	if fn == nil || len(fn.Blocks) == 0 || fn.Pkg != r.SSA.Pkg {
		return nil
	}
	return []*ssa.Function{fn}
}

// onlyOnce reports whether a function literal is only given to a sync.Once or
// the like.
func (r *Result) onlyOnce(mc *ssa.MakeClosure) bool {
	refs := mc.Referrers()
	if refs == nil || len(*refs) == 0 {
		return false
	}
	for _, use := range *refs {
		call, ok := use.(ssa.CallInstruction)
		if !ok || len(r.SSA.Catalog.Lookup(r.SSA.NameOf(call.Common()), "once")) == 0 {
			return false
		}
	}
	return true
}

// Implementation returns the method that a call through an interface runs, if the
// interface is one of this package and one type of the package, tests and mocks
// apart, implements it; else nil.
func (r *Result) Implementation(c *ssa.CallCommon) *ssa.Function {
	if !c.IsInvoke() {
		return nil
	}
	named, ok := types.Unalias(c.Value.Type()).(*types.Named)
	if !ok || named.Obj().Pkg() != r.SSA.Pkg.Pkg {
		return nil
	}
	return r.ImplementationOf(named, c.Method)
}

// ImplementationOf returns the method of the one type that implements the
// interface named of this package, or nil.
func (r *Result) ImplementationOf(named *types.Named, method *types.Func) *ssa.Function {
	t := r.iface.only(named)
	if t == nil {
		return nil
	}
	obj, _, _ := types.LookupFieldOrMethod(t, true, method.Pkg(), method.Name())
	m, ok := obj.(*types.Func)
	if !ok || m.Pkg() != r.SSA.Pkg.Pkg {
		return nil
	}
	return r.SSA.Pkg.Prog.FuncValue(m)
}
