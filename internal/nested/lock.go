package nested

import (
	"go/types"
	"slices"

	"golang.org/x/tools/go/ssa"

	"github.com/connlint/connlint/internal/calls"
	"github.com/connlint/connlint/internal/catalog"
	"github.com/connlint/connlint/internal/lifecycle"
	"github.com/connlint/connlint/internal/pools"
	"github.com/connlint/connlint/internal/roots"
	"github.com/connlint/connlint/internal/session"
)

// locker is the fact that a function takes an advisory lock on the transaction or
// connection that it is given or returns.
type locker struct{ How session.Locking }

func (*locker) AFact()         {}
func (*locker) String() string { return "takes an advisory lock" }

// isLock reports whether a transaction or connection is held as a lock: its holder means
// to work on others meanwhile, and is alone with that. Not so where callers wait for the
// lock, with a connection in hand each, and leave none for who has it; only a worker and
// what changes the schema come one at a time.
func (f *finder) isLock(res *lifecycle.Resource) bool {
	if res.Kind != catalog.Tx && res.Kind != catalog.Conn {
		return false
	}
	how := f.takesLock(res.Call)
	for _, call := range f.callsBelow(res.Fn) {
		how = max(how, f.takesLock(call))
	}
	if how != session.Waits {
		return how == session.Tries
	}
	reach := f.pools.Roots.Reached(res.Call)
	return pools.Migrates(res.Fn) || reach != nil && reach.Root.Word == roots.Loop
}

// takesLock returns how a call takes an advisory lock, itself or in the function that is
// called.
func (f *finder) takesLock(call ssa.CallInstruction) session.Locking {
	how, known := f.advises[call]
	if !known {
		how = max(session.Advises(call), f.imported(calls.Func(call.Common())))
		f.advises[call] = how
	}
	if callee := call.Common().StaticCallee(); callee != nil {
		how = max(how, f.locks[calls.Declared(callee)])
	}
	return how
}

// imported returns how a function of another package locks.
func (f *finder) imported(fn *types.Func) session.Locking {
	var fact locker
	if fn != nil && fn.Pkg() != nil && fn.Pkg() != f.pass.Pkg && f.pass.ImportObjectFact(fn, &fact) {
		return fact.How
	}
	return session.NoLock
}

// findLocks finds the functions that are lockers, those that call others too.
func (f *finder) findLocks() {
	for changed := true; changed; {
		changed = false
		for _, fn := range f.pools.SSA.Funcs {
			if !f.handles(fn.Signature) {
				continue
			}
			for _, call := range f.callsBelow(fn) {
				if how := f.takesLock(call); how > f.locks[fn] {
					f.locks[fn], changed = how, true
				}
			}
		}
	}
}

// handles reports whether a function is given or returns a transaction or a connection,
// or a struct with one.
func (f *finder) handles(sig *types.Signature) bool {
	for _, tuple := range []*types.Tuple{sig.Params(), sig.Results()} {
		for v := range tuple.Variables() {
			if f.holdsOne(v.Type()) {
				return true
			}
		}
	}
	return false
}

func (f *finder) holdsOne(t types.Type) bool {
	isOne := func(t types.Type) bool {
		kind, ok := f.pools.SSA.Catalog.KindOf(t)
		return ok && (kind == catalog.Tx || kind == catalog.Conn)
	}
	if isOne(t) {
		return true
	}
	if p, ok := t.Underlying().(*types.Pointer); ok {
		t = p.Elem()
	}
	st, ok := t.Underlying().(*types.Struct)
	if !ok {
		return false
	}
	for field := range st.Fields() {
		if isOne(field.Type()) {
			return true
		}
	}
	return false
}

// callsBelow returns the calls of a function and of the literals in it.
func (f *finder) callsBelow(fn *ssa.Function) []ssa.CallInstruction {
	all := slices.Clone(f.pools.SSA.Calls(fn))
	for _, lit := range fn.AnonFuncs {
		all = append(all, f.callsBelow(lit)...)
	}
	return all
}
