// Package session finds what is left on a connection that goes back to its pool: a
// SET, a lock of the session, a temporary table, a LISTEN. It reads the text of the
// statements where that is constant. It reports nothing; the rule connclose asks it.
package session

import (
	"cmp"
	"go/constant"
	"go/token"
	"slices"

	"golang.org/x/tools/go/ssa"

	"github.com/connlint/connlint/internal/calls"
	"github.com/connlint/connlint/internal/catalog"
	"github.com/connlint/connlint/internal/lifecycle"
	"github.com/connlint/connlint/internal/ssafunc"
	"github.com/connlint/connlint/internal/testcode"
)

// A Leftover is something that stays on a session for whoever gets the connection
// next.
type Leftover struct {
	Sort Sort
	// What is the name of the setting, table or channel, "" if it is not in the
	// text; for a Lock the sort of lock.
	What string
	// On is the kind of the handle: Conn, Tx, or Pool, where nobody knows which
	// connection it is on. Name is that of the variable, or "".
	On   catalog.Kind
	Name string
	// Pos is the statement, Held the call that took the connection, NoPos for a Pool.
	Pos, Held token.Pos
}

// Find returns what the functions of a package leave on sessions, in source order.
// Tests are left out.
func Find(res *lifecycle.Result) []*Leftover {
	if !res.SSA.Relevant {
		return nil
	}
	f := &finder{ssa: res.SSA}
	for _, r := range res.Resources {
		if f.pooled(r) && !testcode.Has(r.Fn) {
			f.held(r)
		}
	}
	f.callbacks()
	if !f.single() {
		f.pools()
	}
	slices.SortStableFunc(f.found, func(a, b *Leftover) int { return cmp.Compare(a.Pos, b.Pos) })
	return f.found
}

// A finder looks at one package.
type finder struct {
	ssa   *ssafunc.Result
	found []*Leftover
}

// pooled reports whether a resource is a connection, or has one, that goes back to a
// pool when it is released.
func (f *finder) pooled(r *lifecycle.Resource) bool {
	recv := calls.Receiver(r.Call.Common())
	if r.Value == nil || r.Kind != catalog.Conn && r.Kind != catalog.Tx || recv == nil {
		return false
	}
	kind, _ := f.ssa.Catalog.KindOf(recv.Type())
	return kind == catalog.Pool
}

// held looks at what is left on a connection that this package takes from a pool.
func (f *finder) held(r *lifecycle.Resource) {
	w := &walk{finder: f, seen: map[ssa.Value]bool{}}
	w.follow(r.Value, 0)
	f.add(w, Leftover{On: r.Kind, Name: r.Name, Held: r.Call.Pos()})
}

// add files what a walk saw set and not taken back, one for each name.
func (f *finder) add(w *walk, at Leftover) {
	if w.gone {
		return
	}
	type key struct {
		sort Sort
		name string
	}
	seen := map[key]bool{}
	for i, u := range w.uses {
		k := key{u.sort, u.name}
		if u.undo || seen[k] || at.On == catalog.Tx && !w.commits && u.reverts || w.taken(i) {
			continue
		}
		seen[k] = true
		left := at
		left.Sort, left.What, left.Pos = u.sort, u.name, u.call.Pos()
		f.found = append(f.found, &left)
	}
}

// callbacks looks at the literals that a pool calls with a connection or
// transaction of its own:
//
//	pool.AcquireFunc(ctx, func(conn *pgxpool.Conn) error { … })
//	pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error { … })
func (f *finder) callbacks() {
	for call := range f.calls() {
		c := call.Common()
		for _, fact := range f.ssa.Catalog.Lookup(calls.Name(c), "calls") {
			lit := calls.Arg(c, fact.Arg)
			if lit == nil || !f.onPool(c) {
				continue
			}
			if fn := calls.Function(lit); fn != nil && fn.Blocks != nil {
				f.callback(call, fn)
			}
		}
	}
}

// callback looks at one, whose parameters a call of the pool's gives.
func (f *finder) callback(call ssa.CallInstruction, fn *ssa.Function) {
	for _, p := range fn.Params {
		kind, _ := f.ssa.Catalog.KindOf(p.Type())
		if kind != catalog.Conn && kind != catalog.Tx {
			continue
		}
		w := &walk{finder: f, seen: map[ssa.Value]bool{}, commits: true}
		w.follow(p, 0)
		f.add(w, Leftover{On: kind, Name: p.Name(), Held: call.Pos()})
	}
}

// onPool reports whether a call is given a pool.
func (f *finder) onPool(c *ssa.CallCommon) bool {
	return slices.ContainsFunc(c.Args, func(a ssa.Value) bool {
		if mi, ok := a.(*ssa.MakeInterface); ok {
			a = mi.X
		}
		kind, _ := f.ssa.Catalog.KindOf(a.Type())
		return kind == catalog.Pool
	})
}

// pools looks at statements that are run on a pool: on some connection of it. Of one
// sort a function is told once.
func (f *finder) pools() {
	type key struct {
		fn   *ssa.Function
		sort Sort
	}
	seen := map[key]bool{}
	for call := range f.calls() {
		recv := calls.Receiver(call.Common())
		if recv == nil {
			continue
		}
		if kind, _ := f.ssa.Catalog.KindOf(recv.Type()); kind != catalog.Pool {
			continue
		}
		for _, e := range textEffects(call.Common()) {
			k := key{call.Parent(), e.sort}
			if !e.undo && !seen[k] {
				seen[k] = true
				f.found = append(f.found, &Leftover{Sort: e.sort, What: e.name, On: catalog.Pool, Pos: call.Pos()})
			}
		}
	}
}

// single reports whether the package limits a pool to one connection: what is set on
// it is set for everybody. Which pool it is, is not asked.
//
//	db.SetMaxOpenConns(1)
func (f *finder) single() bool {
	for call := range f.calls() {
		for _, fact := range f.ssa.Catalog.Lookup(calls.Name(call.Common()), "limit") {
			if n, ok := calls.Arg(call.Common(), 0).(*ssa.Const); ok && fact.Word == "max-open" && n.Value != nil {
				if one, exact := constant.Int64Val(constant.ToInt(n.Value)); exact && one == 1 {
					return true
				}
			}
		}
	}
	return false
}

// calls are those of the package's functions outside tests, in source order.
func (f *finder) calls() func(yield func(ssa.CallInstruction) bool) {
	return func(yield func(ssa.CallInstruction) bool) {
		for _, fn := range f.ssa.Funcs {
			if testcode.Has(fn) {
				continue
			}
			for _, b := range fn.Blocks {
				for _, instr := range b.Instrs {
					if call, ok := instr.(ssa.CallInstruction); ok && !yield(call) {
						return
					}
				}
			}
		}
	}
}
