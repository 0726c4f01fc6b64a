package pools

import (
	"go/token"
	"go/types"
	"strings"

	"golang.org/x/tools/go/ssa"

	"github.com/connlint/connlint/internal/catalog"
)

// A Ref names a value within one function, so that two mentions of the same pool
// compare equal: what it is reached from, and the fields on the way. Captured
// variables are named as in the function that declares them, a wrapper such as
// *sqlx.DB as the pool inside it.
//
// The zero Ref is no value.
type Ref struct {
	// Root is a *ssa.Parameter, a *ssa.Global, the *ssa.Alloc of a variable
	// that is stored to more than once, or whatever instruction made the value.
	Root ssa.Value
	// Fields is "" or the selectors that follow, such as ".store.db".
	Fields string
}

// Known reports whether equal Refs are the same value at any time the function
// runs: the root is a parameter or a package variable, or was made once.
func (r Ref) Known() bool {
	switch v := r.Root.(type) {
	case nil, *ssa.Const:
		return false
	case *ssa.UnOp:
		return v.Op != token.MUL // an element of something
	}
	return true
}

// A Path is a Ref as the callers of a function can read it, and as facts carry it.
type Path struct {
	// Param is the number of a parameter, counting the receiver as ssa does (it
	// is number 0 of a method), or one of OfGlobal and OfNothing.
	Param  int
	Global string // "import/path.Name" of a package variable, if Param is OfGlobal
	Fields string // as in Ref
}

// What a Path may be rooted at that is no parameter.
const (
	OfGlobal  = -1
	OfNothing = -2 // a value that callers cannot name
)

// maxFields bounds the length of a Path, and so the number of them in a recursion.
const maxFields = 5

// refOf names a value.
func (r *Result) refOf(v ssa.Value) Ref {
	if v == nil {
		return Ref{}
	}
	if ref, ok := r.refs[v]; ok {
		return ref
	}
	r.refs[v] = Ref{Root: v} // what a cycle sees
	ref := r.nameValue(v)
	r.refs[v] = ref
	return ref
}

func (r *Result) nameValue(v ssa.Value) Ref {
	switch v := v.(type) {
	case *ssa.ChangeType:
		return r.refOf(v.X)
	case *ssa.ChangeInterface:
		return r.refOf(v.X)
	case *ssa.MakeInterface:
		return r.refOf(v.X)
	case *ssa.TypeAssert:
		if !v.CommaOk {
			return r.refOf(v.X)
		}
	case *ssa.Phi:
		return r.namePhi(v)
	case *ssa.UnOp:
		if v.Op == token.MUL {
			return r.load(v)
		}
	case *ssa.FieldAddr:
		return r.field(r.refOf(v.X), v.X.Type(), v.Field)
	case *ssa.Field:
		return r.field(r.refOf(v.X), v.X.Type(), v.Field)
	case *ssa.FreeVar:
		if b := binding(v); b != nil {
			return r.refOf(b)
		}
	case *ssa.Extract:
		if ta, ok := v.Tuple.(*ssa.TypeAssert); ok && v.Index == 0 {
			return r.refOf(ta.X)
		}
		if call, ok := v.Tuple.(*ssa.Call); ok {
			return r.nameResult(call, v, v.Index)
		}
	case *ssa.Call:
		return r.nameResult(v, v, 0)
	}
	return Ref{Root: v}
}

// namePhi names a phi whose edges are all one value, nil apart.
func (r *Result) namePhi(phi *ssa.Phi) Ref {
	var same Ref
	for _, e := range phi.Edges {
		if c, ok := e.(*ssa.Const); ok && c.IsNil() {
			continue
		}
		ref := r.refOf(e)
		if ref.Root == phi {
			continue
		}
		if same.Root != nil && same != ref {
			return Ref{Root: phi}
		}
		same = ref
	}
	if same.Root == nil {
		return Ref{Root: phi}
	}
	return same
}

// load names what a load reads.
func (r *Result) load(v *ssa.UnOp) Ref {
	switch x := v.X.(type) {
	case *ssa.Global:
		return Ref{Root: x}
	case *ssa.Alloc, *ssa.FreeVar:
		return r.variable(x)
	case *ssa.FieldAddr:
		return r.refOf(x) // a field stands for its content
	}
	if pointsToStruct(v.X.Type()) {
		return r.refOf(v.X)
	}
	return Ref{Root: v}
}

// variable names the content of a variable: the value, if only one is ever
// stored there; else the variable.
func (r *Result) variable(cell ssa.Value) Ref {
	if fv, ok := cell.(*ssa.FreeVar); ok {
		if b := binding(fv); b != nil {
			return r.variable(b)
		}
		return Ref{Root: cell}
	}
	alloc, ok := cell.(*ssa.Alloc)
	if !ok {
		return r.refOf(cell)
	}
	if stores := r.storesTo(alloc); len(stores) == 1 {
		return r.refOf(stores[0].Val)
	}
	return Ref{Root: alloc}
}

// storesTo returns the stores to a whole variable, function literals included.
// The nil a declaration stores counts for nothing.
func (r *Result) storesTo(cell ssa.Value) []*ssa.Store {
	var stores []*ssa.Store
	refs := cell.Referrers()
	if refs == nil {
		return nil
	}
	for _, instr := range *refs {
		switch instr := instr.(type) {
		case *ssa.Store:
			if c, isConst := instr.Val.(*ssa.Const); instr.Addr == cell && !(isConst && c.IsNil()) {
				stores = append(stores, instr)
			}
		case *ssa.MakeClosure:
			fn := instr.Fn.(*ssa.Function)
			for i, b := range instr.Bindings {
				if b == cell {
					stores = append(stores, r.storesTo(fn.FreeVars[i])...)
				}
			}
		}
	}
	return stores
}

// binding returns what a free variable is bound to in the function around the
// literal, or nil.
func binding(fv *ssa.FreeVar) ssa.Value {
	fn := fv.Parent()
	if fn.Parent() == nil {
		return nil
	}
	mc := closureOf(fn)
	if mc == nil {
		return nil
	}
	for i, v := range fn.FreeVars {
		if v == fv {
			return mc.Bindings[i]
		}
	}
	return nil
}

// closureOf returns the one instruction that makes the function literal, or nil.
func closureOf(fn *ssa.Function) *ssa.MakeClosure {
	refs := fn.Referrers()
	if refs == nil {
		return nil
	}
	var found *ssa.MakeClosure
	for _, instr := range *refs {
		if mc, ok := instr.(*ssa.MakeClosure); ok {
			if found != nil {
				return nil
			}
			found = mc
		}
	}
	return found
}

// field names field i of the struct of type t (or the struct that t points to).
func (r *Result) field(base Ref, t types.Type, i int) Ref {
	st := structOf(t)
	if st == nil || base.Root == nil {
		return Ref{}
	}
	f := st.Field(i)
	if r.SSA.Catalog != nil && r.isPool(t) && r.isPool(f.Type()) {
		return base // sqlx.DB.DB
	}
	return r.follow(base, "."+f.Name())
}

// follow adds fields to a Ref, resolving them where the struct was made here or
// in a callee that says what it put there.
func (r *Result) follow(base Ref, fields string) Ref {
	ref := Ref{base.Root, base.Fields + fields}
	switch root := base.Root.(type) {
	case *ssa.Alloc:
		if v, rest := r.stored(root, ref.Fields); v != nil {
			return r.join(r.refOf(v), rest)
		}
	case *ssa.Call:
		return r.carried(root, 0, ref)
	case *ssa.Extract:
		if call, ok := root.Tuple.(*ssa.Call); ok {
			return r.carried(call, root.Index, ref)
		}
	}
	if strings.Count(ref.Fields, ".") > maxFields {
		return Ref{}
	}
	return ref
}

func (r *Result) join(base Ref, fields string) Ref {
	if fields == "" || base.Root == nil {
		return base
	}
	return r.follow(base, fields)
}

// stored returns the one value put in the first field of fields when the struct
// was made, and the fields that remain.
func (r *Result) stored(alloc *ssa.Alloc, fields string) (ssa.Value, string) {
	name, rest := firstField(fields)
	st := structOf(alloc.Type())
	if st == nil || alloc.Referrers() == nil {
		return nil, ""
	}
	var val ssa.Value
	for _, instr := range *alloc.Referrers() {
		fa, ok := instr.(*ssa.FieldAddr)
		if !ok || st.Field(fa.Field).Name() != name || fa.Referrers() == nil {
			continue
		}
		for _, use := range *fa.Referrers() {
			if s, ok := use.(*ssa.Store); ok && s.Addr == fa {
				if val != nil && val != s.Val {
					return nil, ""
				}
				val = s.Val
			}
		}
	}
	return val, rest
}

// firstField splits ".a.b" into "a" and ".b".
func firstField(fields string) (name, rest string) {
	name = strings.TrimPrefix(fields, ".")
	if i := strings.IndexByte(name, '.'); i >= 0 {
		return name[:i], name[i:]
	}
	return name, ""
}

// lift returns ref as callers of fn read it.
func (r *Result) lift(fn *ssa.Function, ref Ref) Path {
	switch root := ref.Root.(type) {
	case *ssa.Parameter:
		if root.Parent() == fn {
			for i, p := range fn.Params {
				if p == root {
					return Path{Param: i, Fields: ref.Fields}
				}
			}
		}
	case *ssa.Global:
		return Path{Param: OfGlobal, Global: r.globals.name(root), Fields: ref.Fields}
	}
	return Path{Param: OfNothing}
}

// lowerPath returns what p is in the function around call.
func (r *Result) lowerPath(call ssa.CallInstruction, p Path) Ref {
	switch {
	case p.Param == OfGlobal:
		return Ref{r.globals.named(p.Global), p.Fields}
	case p.Param < 0:
		return Ref{}
	}
	arg := Argument(call, p.Param)
	if arg == nil {
		return Ref{}
	}
	return r.join(r.refOf(arg), p.Fields)
}

// Argument returns argument i of a call, counting the receiver as number 0, also
// that of a call through an interface; nil if there is none.
func Argument(call ssa.CallInstruction, i int) ssa.Value {
	c := call.Common()
	if c.IsInvoke() {
		if i == 0 {
			return c.Value
		}
		i--
	}
	if i < 0 || i >= len(c.Args) {
		return nil
	}
	return c.Args[i]
}

// isPool reports whether t is a pool or a wrapper of one.
func (r *Result) isPool(t types.Type) bool {
	kind, ok := r.SSA.Catalog.KindOf(t)
	return ok && kind == catalog.Pool
}

func structOf(t types.Type) *types.Struct {
	if p, ok := t.Underlying().(*types.Pointer); ok {
		t = p.Elem()
	}
	st, _ := t.Underlying().(*types.Struct)
	return st
}

func pointsToStruct(t types.Type) bool {
	p, ok := t.Underlying().(*types.Pointer)
	if !ok {
		return false
	}
	_, ok = p.Elem().Underlying().(*types.Struct)
	return ok
}
