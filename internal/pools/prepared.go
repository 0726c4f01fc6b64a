package pools

import (
	"golang.org/x/tools/go/ssa"

	"github.com/connlint/connlint/internal/catalog"
)

// preparedAcquire returns what the method of a prepared statement takes, or nil if it
// takes nothing or that is not known: a statement of a transaction uses the connection
// of that.
func (r *Result) preparedAcquire(call ssa.CallInstruction, name string) *Acquire {
	facts := r.SSA.Catalog.Lookup(name, "prepared")
	if len(facts) == 0 {
		return nil
	}
	f := facts[0]
	ref := r.preparedOn(Argument(call, 0))
	if ref.Root == nil {
		return nil
	}
	a := &Acquire{Ref: ref, Kind: f.Kind, Method: f.Name, Pos: call.Pos(), Site: r.site(call), Stmt: true, Ctx: Ctx{Class: CtxNone}}
	if n, ok := f.Attr["ctx"]; ok {
		a.Ctx = r.contextOf(argument(call, n))
	}
	return a
}

// preparedOn returns the pool that a statement was prepared on; the statement itself if
// it comes from outside the function; the zero Ref else.
func (r *Result) preparedOn(stmt ssa.Value) Ref {
	ref := r.refOf(stmt)
	switch root := ref.Root.(type) {
	case *ssa.Parameter:
		return ref
	case *ssa.Global:
		return ref
	case *ssa.Call, *ssa.Extract:
		if call, ok := callOf(root); ok && len(r.SSA.Catalog.Lookup(r.SSA.NameOf(&call.Call), "wait")) > 0 {
			return r.refOf(Argument(call, 0))
		}
	}
	return Ref{}
}

// OnPool reports whether a statement is known not to be one of a transaction or of a
// connection that the function has: it was prepared on a pool, or is kept somewhere.
func (r *Result) OnPool(stmt ssa.Value) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	ref := r.preparedOn(stmt)
	_, global := ref.Root.(*ssa.Global)
	return global || ref.Fields != "" || r.isPoolRef(ref)
}

// IsStmt reports whether ref is a prepared statement.
func (r *Result) IsStmt(ref Ref) bool {
	kind, ok := r.SSA.Catalog.KindOf(r.typeOf(ref))
	return ok && kind == catalog.Stmt
}
