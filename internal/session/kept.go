package session

import (
	"fmt"
	"go/token"
	"slices"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/ssa"

	"github.com/connlint/connlint/internal/calls"
	"github.com/connlint/connlint/internal/catalog"
	"github.com/connlint/connlint/internal/fields"
	"github.com/connlint/connlint/internal/lifecycle"
	"github.com/connlint/connlint/internal/testcode"
)

// A Kept is a connection that was taken for a lock of its session and stays in a field
// when the lock is released: nothing in the package gives it back.
type Kept struct {
	Field string
	What  string // the sort of lock
	// Pos is where the lock is released, Held the call that took the connection.
	Pos, Held token.Pos
}

// FindKept returns the connections of a package that stay behind their locks, in the
// order they are taken. It looks at fields that no other package can reach.
func FindKept(res *lifecycle.Result) []*Kept {
	if !res.SSA.Relevant {
		return nil
	}
	f := &finder{ssa: res.SSA}
	var found []*Kept
	for _, r := range res.Resources {
		if r.Kind != catalog.Conn || !f.pooled(r) || testcode.Has(r.Fn) {
			continue
		}
		field := fields.StoredIn(r.Value)
		if field == nil || !fields.Private(field) {
			continue
		}
		made, known := fields.Calls(res.SSA, field)
		if !known || slices.ContainsFunc(made, f.endsOrHandsOut) {
			continue
		}
		if call, lock := unlocks(made); call != nil {
			found = append(found, &Kept{Field: field.Name(), What: lock, Pos: call.Pos(), Held: r.Call.Pos()})
		}
	}
	return found
}

// endsOrHandsOut reports whether a method of a connection gives it back, or hands out
// what lies below it.
func (f *finder) endsOrHandsOut(call ssa.CallInstruction) bool {
	c := call.Common()
	if len(f.ssa.Catalog.Lookup(f.ssa.NameOf(c), "release")) > 0 || isRaw(c) {
		return true
	}
	for i := range c.Signature().Results().Len() {
		if kind, _ := f.ssa.Catalog.KindOf(c.Signature().Results().At(i).Type()); kind == catalog.Conn && calls.Result(call, i) != nil {
			return true
		}
	}
	return false
}

// unlocks returns the first call that releases a lock of the session, and what sort of
// lock.
func unlocks(made []ssa.CallInstruction) (ssa.CallInstruction, string) {
	for _, call := range made {
		for _, e := range textEffects(call.Common()) {
			if e.sort == Lock && e.undo {
				return call, e.name
			}
		}
	}
	return nil, ""
}

// Diagnostic returns it as an analysis diagnostic.
func (k *Kept) Diagnostic(pass *analysis.Pass) analysis.Diagnostic {
	return analysis.Diagnostic{
		Pos:      k.Pos,
		Category: "kept",
		Message: fmt.Sprintf("the %s is released, its connection is not: it stays in the field %s, where nothing closes it: it never goes back to the pool, and once it breaks there is no lock any more",
			k.What, k.Field),
		URL:     pass.Analyzer.URL,
		Related: []analysis.RelatedInformation{{Pos: k.Held, Message: "the connection is taken here"}},
	}
}
