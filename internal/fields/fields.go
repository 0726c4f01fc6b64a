// Package fields follows what a struct keeps in a field through the package that declares
// it: every place that reads the field, and whoever is handed what it reads. Nothing
// outside the package can reach an unexported field, so what is not found is not done.
package fields

import (
	"go/types"
	"slices"

	"golang.org/x/tools/go/ssa"

	"github.com/connlint/connlint/internal/calls"
	"github.com/connlint/connlint/internal/ssafunc"
)

// maxDepth bounds the helpers that a value is followed through.
const maxDepth = 6

// Private reports whether only the package that declares the field can read it.
func Private(field *types.Var) bool { return !field.Exported() && !field.Embedded() }

// Of returns field i of the struct that t is or points to.
func Of(t types.Type, i int) *types.Var {
	if p, ok := t.Underlying().(*types.Pointer); ok {
		t = p.Elem()
	}
	return t.Underlying().(*types.Struct).Field(i).Origin()
}

// StoredIn returns the first field that v is stored in, or nil.
func StoredIn(v ssa.Value) *types.Var {
	if v.Referrers() == nil {
		return nil
	}
	for _, ref := range *v.Referrers() {
		if st, ok := ref.(*ssa.Store); ok && st.Val == v {
			if fa, ok := st.Addr.(*ssa.FieldAddr); ok {
				return Of(fa.X.Type(), fa.Field)
			}
		}
	}
	return nil
}

// Calls returns the calls of methods of what a private field keeps, in source order of
// the functions, also of those of the variables that it is stored from. It reports false
// if some of it comes from where, or goes where, the package does not see what is done
// with it.
func Calls(res *ssafunc.Result, field *types.Var) ([]ssa.CallInstruction, bool) {
	if res.Partial {
		return nil, false
	}
	w := &walk{res: res, field: field, seen: map[ssa.Value]bool{}}
	for _, fn := range res.Funcs {
		for _, b := range fn.Blocks {
			for _, instr := range b.Instrs {
				switch t := instr.(type) {
				case *ssa.FieldAddr:
					if Of(t.X.Type(), t.Field) == field {
						w.follow(t, 0)
					}
				case *ssa.Field:
					if Of(t.X.Type(), t.Field) == field {
						w.follow(t, 0)
					}
				}
			}
		}
	}
	return w.calls, !w.lost
}

// A walk follows values to the calls of their methods.
type walk struct {
	res   *ssafunc.Result
	field *types.Var
	seen  map[ssa.Value]bool
	calls []ssa.CallInstruction
	lost  bool
}

// follow looks at what is done with v: what the field keeps, or where that stands.
func (w *walk) follow(v ssa.Value, depth int) {
	if w.seen[v] || w.lost {
		return
	}
	w.seen[v] = true
	refs := v.Referrers()
	if refs == nil || depth > maxDepth {
		w.lost = true
		return
	}
	for _, ref := range *refs {
		w.use(v, ref, depth)
	}
}

func (w *walk) use(v ssa.Value, ref ssa.Instruction, depth int) {
	switch t := ref.(type) {
	case ssa.CallInstruction:
		w.call(v, t, depth)
	case *ssa.Phi, *ssa.ChangeType, *ssa.UnOp:
		w.follow(ref.(ssa.Value), depth)
	case *ssa.Store:
		cell, local := t.Addr.(*ssa.Alloc)
		switch {
		case t.Addr == v:
			w.origin(t.Val, depth)
		case local:
			w.follow(cell, depth)
		default:
			fa, ok := t.Addr.(*ssa.FieldAddr)
			w.lost = w.lost || !ok || Of(fa.X.Type(), fa.Field) != w.field
		}
	case *ssa.MakeClosure:
		fn := t.Fn.(*ssa.Function)
		if fn.Synthetic != "" { // a method value: rows.Close
			w.lost = true
			return
		}
		for i, b := range t.Bindings {
			if b == v {
				w.follow(fn.FreeVars[i], depth)
			}
		}
	case *ssa.Return:
		w.returned(v, t, depth)
	case *ssa.BinOp, *ssa.DebugRef:
	default:
		w.lost = true
	}
}

// origin follows what is stored into the field, too: who made it may go on using it. Who
// calls an exported function with it, or one that is used as a value, is unknown.
func (w *walk) origin(v ssa.Value, depth int) {
	if _, constant := v.(*ssa.Const); constant {
		return // nil
	}
	w.follow(v, depth)
	switch t := v.(type) {
	case *ssa.Phi:
		for _, edge := range t.Edges {
			if !w.seen[edge] {
				w.origin(edge, depth)
			}
		}
	case *ssa.Parameter:
		fn := t.Parent()
		if obj := fn.Object(); obj == nil || obj.Exported() || depth > maxDepth {
			w.lost = true
			return
		}
		i := slices.Index(fn.Params, t)
		w.callers(fn, func(call ssa.CallInstruction) {
			if args := call.Common().Args; i < len(args) && !w.seen[args[i]] {
				w.origin(args[i], depth+1)
			}
		})
	}
}

// call looks at a call of a method of v, or of a function that is given v.
func (w *walk) call(v ssa.Value, call ssa.CallInstruction, depth int) {
	c := call.Common()
	recv := calls.Receiver(c)
	if recv == v {
		w.calls = append(w.calls, call)
	}
	for i, a := range c.Args {
		if a != v || i == 0 && recv == v {
			continue
		}
		fn := c.StaticCallee()
		if fn == nil || calls.Declared(fn).Blocks == nil || i >= len(calls.Declared(fn).Params) {
			w.lost = true
			return
		}
		w.follow(calls.Declared(fn).Params[i], depth+1)
	}
}

// returned follows v into those who call a function for it. Who calls an exported one, or
// one that is used as a value, is unknown.
func (w *walk) returned(v ssa.Value, ret *ssa.Return, depth int) {
	fn := ret.Parent()
	if obj := fn.Object(); obj == nil || obj.Exported() || depth > maxDepth {
		w.lost = true
		return
	}
	i := slices.Index(ret.Results, v)
	w.callers(fn, func(call ssa.CallInstruction) {
		if r := calls.Result(call, i); r != nil {
			w.follow(r, depth+1)
		}
	})
}

// callers visits the calls of an unexported function. If it is used in other ways, all is
// lost.
func (w *walk) callers(fn *ssa.Function, visit func(ssa.CallInstruction)) {
	for _, caller := range w.res.Funcs {
		for _, b := range caller.Blocks {
			for _, instr := range b.Instrs {
				call, isCall := instr.(ssa.CallInstruction)
				if isCall && call.Common().IsInvoke() && call.Common().Method.Name() == fn.Name() {
					w.lost = true
				}
				for _, op := range instr.Operands(nil) {
					switch {
					case *op != ssa.Value(fn):
					case isCall && call.Common().Value == *op:
						visit(call)
					default:
						w.lost = true
					}
				}
			}
		}
	}
}
