package lifecycle

import (
	"cmp"
	"go/types"
	"slices"

	"golang.org/x/tools/go/ssa"
)

// exportFacts publishes the summaries that other packages can use.
func (e *engine) exportFacts(fns []*ssa.Function) {
	if e.ssa.Described {
		return
	}
	for _, fn := range fns {
		obj, ok := fn.Object().(*types.Func)
		if !ok || obj.Pkg() != e.pass.Pkg {
			continue
		}
		sum := e.summaryOf(fn)
		slices.SortFunc(sum.Results, func(a, b ResultEffect) int {
			return cmp.Or(cmp.Compare(a.Result, b.Result), cmp.Compare(a.Path, b.Path), cmp.Compare(a.Kind, b.Kind))
		})
		if !sum.trivial() || e.canCarry(obj) {
			e.pass.ExportObjectFact(obj, sum)
		}
	}
}

// canCarry reports whether a resource can come in through the signature of fn.
func (e *engine) canCarry(fn *types.Func) bool {
	sig := fn.Signature()
	if recv := sig.Recv(); recv != nil && e.mayHold(recv.Type(), 0) {
		return true
	}
	for v := range sig.Params().Variables() {
		if e.mayHold(v.Type(), 0) {
			return true
		}
	}
	return false
}

// mayHold reports whether a resource can be in a value of type t, at most two fields
// deep.
func (e *engine) mayHold(t types.Type, depth int) bool {
	if _, ok := e.candidate(t, ""); ok {
		return true
	}
	if p, ok := t.Underlying().(*types.Pointer); ok {
		t = p.Elem()
	}
	st, ok := t.Underlying().(*types.Struct)
	if !ok || depth > 1 {
		return false
	}
	for f := range st.Fields() {
		if e.mayHold(f.Type(), depth+1) {
			return true
		}
	}
	return false
}
