package pools

import (
	"go/types"
	"strings"

	"golang.org/x/tools/go/ssa"

	"github.com/connlint/connlint/internal/calls"
)

// Private reports whether ref is a pool that the function which gets it closes when it
// returns, and hands to nobody: no other request can take its connections.
func (r *Result) Private(ref Ref) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.private(ref)
}

func (r *Result) private(ref Ref) bool {
	call, ok := callOf(ref.Root)
	if !ok {
		return false
	}
	if is, known := r.privates[ref]; known {
		return is
	}
	r.privates[ref] = false // of a getter of its own result
	is := r.closedOnReturn(call) && !r.runsLong(call.Parent())
	if is {
		_, returned := r.keptIn(call)
		is = !returned
	} else if recv := calls.Receiver(&call.Call); recv != nil {
		is = r.private(r.refOf(recv)) // what a client of its own hands out
	}
	r.privates[ref] = is
	return is
}

// justOpened reports whether fn opens the pool itself: until it hands it out, nobody else
// has it.
func (r *Result) justOpened(fn *ssa.Function, ref Ref) bool {
	call, ok := callOf(ref.Root)
	return ok && call.Parent() == fn && len(r.SSA.Catalog.Lookup(r.SSA.NameOf(&call.Call), "open")) > 0 && !r.runsLong(fn)
}

// runsLong reports whether a function lasts as long as the program: it serves.
func (r *Result) runsLong(fn *ssa.Function) bool {
	return r.Roots.RunsServer(fn) || r.Roots.Loops(fn)
}

// closedOnReturn reports whether the function around call closes what the call returns,
// by a deferred call.
func (r *Result) closedOnReturn(call *ssa.Call) bool {
	for _, b := range call.Parent().Blocks {
		for _, instr := range b.Instrs {
			d, ok := instr.(*ssa.Defer)
			if !ok {
				continue
			}
			if endsIt(calls.Func(&d.Call)) && r.isResult(call, r.refOf(Argument(d, 0))) {
				return true
			}
			for _, ref := range r.closesOf(d) {
				if r.isResult(call, ref) {
					return true
				}
			}
		}
	}
	return false
}

// isResult reports whether ref is a result of call, or in one.
func (r *Result) isResult(call *ssa.Call, ref Ref) bool {
	c, ok := callOf(ref.Root)
	return ok && c == call
}

// Told reports whether the callers of fn say which pools and connections it opens: by a
// parameter other than the receiver.
func (r *Result) Told(fn *ssa.Function) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.told(fn)
}

func (r *Result) told(fn *ssa.Function) bool {
	var receiver uint64
	if fn.Signature.Recv() != nil {
		receiver = 1
	}
	return r.neededBy(fn)&^receiver != 0
}

// neededBy returns the parameters of fn that say what it opens, each time or not.
func (r *Result) neededBy(fn *ssa.Function) uint64 {
	if mask, ok := r.needed[fn]; ok {
		return mask
	}
	r.needed[fn] = 0 // of a recursion
	var mask uint64
	for _, call := range r.calls[fn] {
		mask |= r.neededFor(call)
	}
	r.needed[fn] = mask
	return mask
}

// neededFor returns the parameters of the function around call that say what the call
// opens.
func (r *Result) neededFor(call ssa.CallInstruction) uint64 {
	if facts := r.SSA.Catalog.Lookup(r.SSA.NameOf(call.Common()), "open"); len(facts) > 0 {
		return r.neededAt(call, facts[0])
	}
	var mask uint64
	for _, fn := range r.callees(call) {
		mask |= r.needs(call, fn, r.neededBy(fn))
	}
	if s := r.factOf(call.Common()); s != nil {
		for _, f := range s.Opens {
			mask |= r.needs(call, nil, f.Needs)
		}
	}
	return mask
}

// directed reports whether a pool is one of many that a program opens when it is asked
// to: the opener is told what to open, and is a method by which its type implements an
// interface of a package that it imports, or a literal that somebody else calls.
func (r *Result) directed(p *Pool) bool {
	if !r.told(p.Fn) {
		return false
	}
	if p.Fn.Parent() != nil {
		return true
	}
	recv := p.Fn.Signature.Recv()
	if recv == nil {
		return false
	}
	for _, imp := range r.pass.Pkg.Imports() {
		for _, name := range imp.Scope().Names() {
			tn, ok := imp.Scope().Lookup(name).(*types.TypeName)
			if !ok || !tn.Exported() || tn.IsAlias() {
				continue
			}
			iface, ok := tn.Type().Underlying().(*types.Interface)
			if ok && declares(iface, p.Fn.Name()) && types.Implements(recv.Type(), iface) {
				return true
			}
		}
	}
	return false
}

func declares(iface *types.Interface, method string) bool {
	for m := range iface.Methods() {
		if m.Name() == method {
			return true
		}
	}
	return false
}

// Migrates reports whether a function, by its name or that of a folder it stands in, is
// there to change the schema: it runs once, by itself.
func Migrates(fn *ssa.Function) bool {
	for ; fn != nil; fn = fn.Parent() {
		if strings.Contains(strings.ToLower(fn.Name()), "migrat") {
			return true
		}
		if fn.Parent() == nil && fn.Pkg != nil {
			_, path, _ := strings.Cut(fn.Pkg.Pkg.Path(), "/")
			return strings.Contains(path, "migrat")
		}
	}
	return false
}
