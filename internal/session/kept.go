package session

import (
	"fmt"
	"go/token"
	"go/types"
	"slices"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/ssa"

	"github.com/connlint/connlint/internal/calls"
	"github.com/connlint/connlint/internal/catalog"
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
	if !res.SSA.Relevant || res.SSA.Partial {
		return nil
	}
	f := &finder{ssa: res.SSA}
	var found []*Kept
	for _, r := range res.Resources {
		if r.Kind != catalog.Conn || !f.pooled(r) || testcode.Has(r.Fn) {
			continue
		}
		field := storedIn(r.Value)
		if field == nil || field.Exported() || field.Embedded() {
			continue
		}
		w := &walk{finder: f, seen: map[ssa.Value]bool{}, field: field}
		w.follow(r.Value, 0)
		w.fields()
		if w.gone || w.released {
			continue
		}
		for _, u := range w.uses {
			if u.sort == Lock && u.undo {
				found = append(found, &Kept{Field: field.Name(), What: u.name, Pos: u.call.Pos(), Held: r.Call.Pos()})
				break
			}
		}
	}
	return found
}

// storedIn returns the field that v is stored in, or nil.
func storedIn(v ssa.Value) *types.Var {
	if v.Referrers() == nil {
		return nil
	}
	for _, ref := range *v.Referrers() {
		if st, ok := ref.(*ssa.Store); ok && st.Val == v {
			if fa, ok := st.Addr.(*ssa.FieldAddr); ok {
				return fieldOf(fa.X.Type(), fa.Field)
			}
		}
	}
	return nil
}

// fieldOf returns field i of the struct that t is or points to.
func fieldOf(t types.Type, i int) *types.Var {
	if p, ok := t.Underlying().(*types.Pointer); ok {
		t = p.Elem()
	}
	return t.Underlying().(*types.Struct).Field(i).Origin()
}

// fields follows the connection from every place where the package reads the field.
func (w *walk) fields() {
	for _, fn := range w.ssa.Funcs {
		for _, b := range fn.Blocks {
			for _, instr := range b.Instrs {
				switch t := instr.(type) {
				case *ssa.FieldAddr:
					if fieldOf(t.X.Type(), t.Field) == w.field {
						w.follow(t, 0)
					}
				case *ssa.Field:
					if fieldOf(t.X.Type(), t.Field) == w.field {
						w.follow(t, 0)
					}
				}
			}
		}
	}
}

// returned follows the connection into those who call a function for it. Who calls an
// exported one, or one that is used as a value, is unknown.
func (w *walk) returned(v ssa.Value, ret *ssa.Return, depth int) {
	fn := ret.Parent()
	if obj := fn.Object(); obj == nil || obj.Exported() || depth > maxDepth {
		w.gone = true
		return
	}
	i := slices.Index(ret.Results, v)
	for _, caller := range w.ssa.Funcs {
		for _, b := range caller.Blocks {
			for _, instr := range b.Instrs {
				call, ok := instr.(ssa.CallInstruction)
				if ok && call.Common().IsInvoke() && call.Common().Method.Name() == fn.Name() {
					w.gone = true
				}
				for _, op := range instr.Operands(nil) {
					switch {
					case *op != ssa.Value(fn):
					case ok && call.Common().Value == *op:
						if r := calls.Result(call, i); r != nil {
							w.follow(r, depth+1)
						}
					default:
						w.gone = true
					}
				}
			}
		}
	}
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
