package pools

import (
	"go/token"
	"go/types"
	"strings"

	"golang.org/x/tools/go/ssa"

	"github.com/connlint/connlint/internal/calls"
)

// memory stands for a place that keeps one value a key: a map, a sync.Map, a
// cache, a channel.
var memory = Ref{Root: new(ssa.Global), Fields: "[]"}

// keptIn returns where the caller keeps what a call opens: a field of something
// older than the call, a package variable, memory, or the zero Ref for nowhere.
// It also reports whether the caller returns it.
func (r *Result) keptIn(call ssa.CallInstruction) (ref Ref, returned bool) {
	k := keeper{r: r, seen: map[ssa.Value]bool{}}
	ref = k.keptIn(call)
	return ref, k.returned
}

// A keeper follows one value to where it is kept.
type keeper struct {
	r        *Result
	seen     map[ssa.Value]bool
	returned bool
}

func (k *keeper) keptIn(call ssa.CallInstruction) Ref {
	v, ok := call.(*ssa.Call)
	if !ok {
		return Ref{}
	}
	if _, isTuple := v.Type().(*types.Tuple); !isTuple {
		return k.kept(v)
	}
	for _, use := range *v.Referrers() {
		if ex, ok := use.(*ssa.Extract); ok && k.r.holdsPool(ex.Type()) {
			if ref := k.kept(ex); ref.Root != nil {
				return ref
			}
		}
	}
	return Ref{}
}

// kept follows a value, and the structs it is put into, to where they are kept.
func (k *keeper) kept(v ssa.Value) Ref {
	refs := v.Referrers()
	if refs == nil || k.seen[v] {
		return Ref{}
	}
	k.seen[v] = true
	for _, use := range *refs {
		var ref Ref
		switch use := use.(type) {
		case *ssa.Store:
			if use.Val == v {
				ref = k.keptAt(use.Addr)
			}
		case *ssa.MapUpdate:
			if use.Value == v {
				return memory
			}
		case *ssa.Return:
			k.returned = true
		case *ssa.Send:
			return memory
		case *ssa.MakeInterface, *ssa.ChangeType, *ssa.ChangeInterface, *ssa.Phi, *ssa.TypeAssert:
			ref = k.kept(use.(ssa.Value))
		case *ssa.UnOp:
			if use.Op == token.MUL {
				ref = k.kept(use)
			}
		case *ssa.FieldAddr: // the pool is taken out of what came with it
			if k.r.isPool(fieldType(use)) {
				ref = k.kept(use)
			}
		case *ssa.Call:
			ref = k.keptByCall(use, v)
		}
		if ref.Root != nil {
			return ref
		}
	}
	return Ref{}
}

func fieldType(addr *ssa.FieldAddr) types.Type {
	return structOf(addr.X.Type()).Field(addr.Field).Type()
}

// keptAt returns the place a store to addr keeps something at.
func (k *keeper) keptAt(addr ssa.Value) Ref {
	switch addr := addr.(type) {
	case *ssa.Global:
		return Ref{Root: addr}
	case *ssa.FreeVar:
		return Ref{Root: addr} // the variable is older than the call of the literal
	case *ssa.Alloc:
		return k.kept(addr)
	case *ssa.IndexAddr:
		return k.keptAt(addr.X)
	case *ssa.FieldAddr:
		base := k.r.refOf(addr.X)
		switch base.Root.(type) {
		case *ssa.Parameter, *ssa.Global, *ssa.FreeVar:
			return k.r.refOf(addr)
		case *ssa.Alloc:
			return k.kept(addr.X)
		}
	}
	return Ref{}
}

// keptByCall returns memory if a call puts v into a container (sync.Map.Store,
// atomic.Pointer.Store, cache.Add), and follows v into what a callee makes of it.
func (k *keeper) keptByCall(call *ssa.Call, v ssa.Value) Ref {
	c := call.Common()
	if obj := calls.Func(c); obj != nil && hasReceiver(c) {
		switch obj.Name() {
		case "Store", "LoadOrStore", "CompareAndSwap", "Swap", "Set", "Add", "Put", "SetDefault", "Register":
			return memory
		}
	}
	for _, cr := range k.r.carriesOfCall(call) {
		if cr.From.Param >= 0 && Argument(call, cr.From.Param) == v {
			return k.keptIn(call)
		}
	}
	return Ref{}
}

// remembers reports whether a call is made only when something that outlives the
// caller is missing: behind `if db == nil`, behind a failed look-up in a map or a
// cache, behind a flag.
func (r *Result) remembers(call ssa.CallInstruction) bool {
	b := call.Block()
	for d := b; d != nil; d = d.Idom() {
		if r.eitherAsks(d) {
			return true
		}
	}
	for d := b.Idom(); d != nil; d = d.Idom() {
		cond, ok := d.Instrs[len(d.Instrs)-1].(*ssa.If)
		if !ok {
			continue
		}
		then, els := d.Succs[0], d.Succs[1]
		decides := len(then.Preds) == 1 && then.Dominates(b) || len(els.Preds) == 1 && els.Dominates(b)
		if decides && r.asksMemory(cond.Cond, 4) {
			return true
		}
	}
	return false
}

// eitherAsks reports whether a block is where the branches of a condition such as
// `db == nil || db.Ping() != nil` meet, one of which is about what is there.
func (r *Result) eitherAsks(b *ssa.BasicBlock) bool {
	if len(b.Preds) < 2 {
		return false
	}
	asks := false
	for _, p := range b.Preds {
		cond, ok := p.Instrs[len(p.Instrs)-1].(*ssa.If)
		if !ok || p.Succs[0] == p.Succs[1] || b.Dominates(p) {
			return false
		}
		asks = asks || r.asksMemory(cond.Cond, 4)
	}
	return asks
}

// asksMemory reports whether a condition is about whether something is there
// already.
func (r *Result) asksMemory(v ssa.Value, depth int) bool {
	if depth == 0 {
		return false
	}
	switch v := v.(type) {
	case *ssa.UnOp:
		if v.Op == token.NOT {
			return r.asksMemory(v.X, depth-1)
		}
		return v.Op == token.MUL && isGlobal(v.X) // a flag
	case *ssa.BinOp:
		return (v.Op == token.EQL || v.Op == token.NEQ) && isNil(v.Y) && r.isOld(v.X, depth-1)
	case *ssa.Extract:
		return v.Index > 0 && fromContainer(v.Tuple)
	case *ssa.Call:
		obj := calls.Func(&v.Call)
		return obj != nil && (obj.Name() == "CompareAndSwap" || obj.Name() == "Load")
	case *ssa.Phi: // a || b
		for _, e := range v.Edges {
			if r.asksMemory(e, depth-1) {
				return true
			}
		}
	}
	return false
}

func isNil(v ssa.Value) bool {
	c, ok := v.(*ssa.Const)
	return ok && c.IsNil()
}

func isGlobal(v ssa.Value) bool {
	switch v := v.(type) {
	case *ssa.Global:
		return true
	case *ssa.FieldAddr:
		return isGlobal(v.X)
	case *ssa.UnOp:
		return v.Op == token.MUL && isGlobal(v.X)
	}
	return false
}

// isOld reports whether a value was there before the function was called: it is
// read from a package variable, a field, a captured variable or a container. An
// error is never what is remembered.
func (r *Result) isOld(v ssa.Value, depth int) bool {
	if !r.couldKeep(v.Type()) {
		return false
	}
	switch v := v.(type) {
	case *ssa.UnOp:
		switch v.X.(type) {
		case *ssa.Global, *ssa.FieldAddr, *ssa.FreeVar, *ssa.IndexAddr:
			return v.Op == token.MUL
		}
	case *ssa.Lookup, *ssa.TypeAssert:
		return true
	case *ssa.Extract:
		return fromContainer(v.Tuple)
	case *ssa.Call:
		obj := calls.Func(&v.Call)
		return obj != nil && (obj.Name() == "Load" || obj.Name() == "Get")
	case *ssa.Phi:
		for _, e := range v.Edges {
			if depth > 0 && !isNil(e) && r.isOld(e, depth-1) {
				return true
			}
		}
	}
	return false
}

// couldKeep reports whether a value of type t may be, or hold, what was opened:
// not an error, and nothing of the standard library but database/sql.
func (r *Result) couldKeep(t types.Type) bool {
	t = types.Unalias(t)
	if p, ok := t.(*types.Pointer); ok {
		t = types.Unalias(p.Elem())
	}
	named, ok := t.(*types.Named)
	if !ok {
		return types.IsInterface(t)
	}
	pkg := named.Obj().Pkg()
	if pkg == nil {
		return false
	}
	first, _, _ := strings.Cut(pkg.Path(), "/")
	return pkg == r.pass.Pkg || pkg.Path() == "database/sql" || strings.Contains(first, ".")
}

// fromContainer reports whether a pair is what a map or a cache answers.
func fromContainer(tuple ssa.Value) bool {
	switch t := tuple.(type) {
	case *ssa.Lookup, *ssa.TypeAssert:
		return true
	case *ssa.Call:
		res := t.Call.Signature().Results()
		if res.Len() != 2 {
			return false
		}
		b, ok := res.At(1).Type().Underlying().(*types.Basic)
		return ok && b.Kind() == types.Bool
	}
	return false
}
