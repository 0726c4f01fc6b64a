package retry

import (
	"go/types"

	"golang.org/x/tools/go/ssa"

	"github.com/connlint/connlint/internal/catalog"
)

// singles reports connections outside any pool that are kept in a package variable
// or a field of a program that serves, and are stored there in one place only:
// nothing replaces one that is lost.
func (e *engine) singles(fn *ssa.Function) {
	if !e.roots.Serves {
		return
	}
	for _, b := range fn.Blocks {
		for _, instr := range b.Instrs {
			st, ok := instr.(*ssa.Store)
			if !ok || !e.dedicated(st.Val) {
				continue
			}
			place, name := placeOf(st.Addr)
			if place == nil || e.storesTo(place) != 1 || e.retriedFunction(fn, 4) || e.roots.Reached(st) != nil {
				continue
			}
			e.report(&Fault{Category: Single, Pos: st.Pos(), End: st.Pos(), What: name})
		}
	}
}

// dedicated reports whether v is a connection that a call of this function opened
// outside any pool.
func (e *engine) dedicated(v ssa.Value) bool {
	ex, ok := v.(*ssa.Extract)
	if !ok {
		return false
	}
	call, ok := ex.Tuple.(*ssa.Call)
	if !ok {
		return false
	}
	for _, f := range e.SSA.Catalog.Lookup(e.SSA.NameOf(&call.Call), "open") {
		if f.Kind == catalog.Conn {
			return true
		}
	}
	return false
}

// placeOf returns the package variable or the field that addr is, and its name.
func placeOf(addr ssa.Value) (types.Object, string) {
	switch addr := addr.(type) {
	case *ssa.Global:
		return addr.Object(), addr.Name()
	case *ssa.FieldAddr:
		if f := fieldOf(addr); f != nil {
			return f, f.Name()
		}
	}
	return nil, ""
}

func fieldOf(addr *ssa.FieldAddr) *types.Var {
	p, ok := addr.X.Type().Underlying().(*types.Pointer)
	if !ok {
		return nil
	}
	st, ok := p.Elem().Underlying().(*types.Struct)
	if !ok {
		return nil
	}
	return st.Field(addr.Field)
}

// storesTo counts the stores of this package to a place, nil apart.
func (e *engine) storesTo(place types.Object) int {
	n := 0
	for _, fn := range e.SSA.Funcs {
		for _, b := range fn.Blocks {
			for _, instr := range b.Instrs {
				if st, ok := instr.(*ssa.Store); ok && !isNil(st.Val) {
					if p, _ := placeOf(st.Addr); p == place {
						n++
					}
				}
			}
		}
	}
	return n
}
