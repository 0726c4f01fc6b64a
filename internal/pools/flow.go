package pools

import (
	"cmp"
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"golang.org/x/tools/go/ssa"

	"github.com/connlint/connlint/internal/catalog"
	"github.com/connlint/connlint/internal/testcode"
)

// A flow is where a pool goes in the package that opens it.
type flow struct {
	r      *Result
	views  []view
	places []Ref    // package variables it is kept in
	fields []string // "Type.field" it is kept in
	out    []handout
	used   bool // connections are taken from it, or something else may do so
	closed bool // the function that has it closes it
	lost   bool // a function value got it
	seen   map[ssa.Value]bool
}

// A view is the pool as a function names it.
type view struct {
	fn  *ssa.Function
	ref Ref
}

// A handout is a result of a function that other packages can call.
type handout struct {
	fn     *ssa.Function
	result int
	fields string
}

// followPool follows a pool from the call that opens it, into the callers inside
// the package if it is returned.
func (r *Result) followPool(p *Pool) *flow {
	f := &flow{r: r, seen: map[ssa.Value]bool{}}
	v := resultOf(p.Call.(*ssa.Call), p.result)
	if v == nil {
		return f
	}
	if p.fields != "" {
		f.used = true
		f.views = append(f.views, view{p.Fn, p.Ref})
	}
	f.value(v, p.fields)
	return f
}

// value follows the uses of v, which is the pool, or has it in fields.
func (f *flow) value(v ssa.Value, fields string) {
	if v == nil || f.seen[v] || len(f.seen) > 1000 {
		return
	}
	f.seen[v] = true
	if fn := v.Parent(); fn != nil {
		f.views = append(f.views, view{fn, f.r.join(f.r.refOf(v), fields)}, view{fn, Ref{Root: v, Fields: fields}})
	}
	if v.Referrers() == nil {
		return
	}
	for _, use := range *v.Referrers() {
		f.use(use, v, fields)
	}
}

func (f *flow) use(use ssa.Instruction, v ssa.Value, fields string) {
	switch use := use.(type) {
	case *ssa.Phi, *ssa.MakeInterface, *ssa.ChangeType, *ssa.ChangeInterface, *ssa.TypeAssert:
		f.value(use.(ssa.Value), fields)
	case *ssa.Extract:
		if use.Index == 0 {
			f.value(use, fields) // of a type assertion
		}
	case *ssa.UnOp:
		if use.Op == token.MUL {
			f.value(use, fields)
		}
	case *ssa.FieldAddr:
		if fields == "" {
			f.value(use, "") // sqlx.DB.DB
		}
	case *ssa.Store:
		if use.Val == v {
			f.store(use.Addr, fields)
		}
	case *ssa.MakeClosure:
		f.capture(use, v, fields)
	case *ssa.Return:
		f.returned(use, v, fields)
	case *ssa.MapUpdate, *ssa.Send:
		f.used = true
	case ssa.CallInstruction:
		f.call(use, v, fields)
	}
}

func (f *flow) capture(mc *ssa.MakeClosure, v ssa.Value, fields string) {
	fn := mc.Fn.(*ssa.Function)
	for i, b := range mc.Bindings {
		if b == v && i < len(fn.FreeVars) {
			f.value(fn.FreeVars[i], fields)
		}
	}
}

// store follows what a place is read for.
func (f *flow) store(addr ssa.Value, fields string) {
	switch addr := addr.(type) {
	case *ssa.Alloc:
		f.value(addr, fields)
	case *ssa.FreeVar:
		if b := binding(addr); b != nil {
			f.store(b, fields)
		} else {
			f.used = true
		}
	case *ssa.Global:
		f.used = true
		f.places = append(f.places, Ref{Root: addr, Fields: fields})
	case *ssa.FieldAddr:
		f.used = true
		st := structOf(addr.X.Type())
		name := "." + st.Field(addr.Field).Name()
		f.fields = append(f.fields, typeName(addr.X.Type())+name)
		if alloc, ok := addr.X.(*ssa.Alloc); ok {
			f.value(alloc, name+fields)
		}
	default:
		f.used = true
	}
}

func typeName(t types.Type) string {
	if p, ok := types.Unalias(t).(*types.Pointer); ok {
		t = p.Elem()
	}
	return types.TypeString(t, nil)
}

// returned follows a result to the callers in the package, and notes that other
// packages can get it.
func (f *flow) returned(ret *ssa.Return, v ssa.Value, fields string) {
	fn := ret.Parent()
	for i, res := range ret.Results {
		if res != v {
			continue
		}
		if visible(fn, fields) || len(f.r.callers[fn]) == 0 && fn.Name() != "main" && shown(fields) {
			f.out = append(f.out, handout{fn, i, fields})
		}
		for _, call := range f.r.callers[fn] {
			if c, ok := call.(*ssa.Call); ok && !testcode.Has(c.Parent()) {
				f.value(resultOf(c, i), fields)
			}
		}
	}
}

// visible reports whether another package can call fn and get at its result, or at
// the field of it that the pool is in.
func visible(fn *ssa.Function, fields string) bool {
	obj, ok := fn.Object().(*types.Func)
	if !ok || !obj.Exported() || obj.Pkg() == nil || obj.Pkg().Name() == "main" {
		return false
	}
	return shown(fields)
}

// shown reports whether all fields are exported.
func shown(fields string) bool {
	for fields != "" {
		var name string
		name, fields = firstField(fields)
		if !token.IsExported(name) {
			return false
		}
	}
	return true
}

// call judges what a call does with the pool.
func (f *flow) call(call ssa.CallInstruction, v ssa.Value, fields string) {
	c := call.Common()
	name := f.r.SSA.NameOf(c)
	if fields == "" && hasReceiver(c) && Argument(call, 0) == v {
		f.method(call, name)
		return
	}
	f.used = true
	if name == "" {
		if fn := c.StaticCallee(); fn == nil {
			f.lost = true
			return
		}
	}
	result, ok := call.(*ssa.Call)
	if !ok {
		return
	}
	for _, fact := range f.r.SSA.Catalog.Lookup(name, "derive") {
		if n, ok := fact.Attr["arg"]; ok && argument(call, n) == v {
			f.value(resultOf(result, fact.Arg), fields)
		}
	}
	for _, cr := range f.r.carriesOfCall(result) {
		if cr.From.Param >= 0 && cr.From.Fields == "" && Argument(call, cr.From.Param) == v {
			f.value(resultOf(result, cr.Result), cr.Fields+fields)
		}
	}
}

// method judges a method called on the pool itself.
func (f *flow) method(call ssa.CallInstruction, name string) {
	cat := f.r.SSA.Catalog
	for _, fact := range cat.Lookup(name, "release") {
		if fact.Kind == catalog.Pool {
			f.closed = true
			return
		}
	}
	if len(cat.Lookup(name, "limit")) > 0 {
		return
	}
	if result, ok := call.(*ssa.Call); ok {
		for _, fact := range cat.Lookup(name, "derive") {
			if _, ok := fact.Attr["arg"]; !ok {
				f.value(resultOf(result, fact.Arg), "")
			}
		}
	}
	f.used = true
}

// poolFacts returns the pools that fn hands to callers in other packages.
func (r *Result) poolFacts(fn *ssa.Function) []poolFact {
	var out []poolFact
	for _, p := range r.handed[fn] {
		f := poolFact{Result: p.result, Fields: p.fields, Method: p.Method, Site: p.Site, Engine: p.Engine, Driver: -1}
		if p.Fn == fn {
			f.Driver = p.driver
		}
		for name, l := range p.Limits {
			f.Limits = append(f.Limits, setFact{Limit: name, Value: l.Value, Known: l.Known})
		}
		slices.SortFunc(f.Limits, func(a, b setFact) int { return cmp.Compare(a.Limit, b.Limit) })
		out = append(out, f)
	}
	return out
}

// nameOf returns the name of the variable that a result of a call is assigned to,
// or "".
func (r *Result) nameOf(call ssa.CallInstruction, result int) string {
	expr := r.callExpr(call)
	if expr == nil {
		return ""
	}
	assign, ok := r.statementOf(expr).(*ast.AssignStmt)
	if !ok || len(assign.Rhs) != 1 || ast.Unparen(assign.Rhs[0]) != expr || result >= len(assign.Lhs) {
		return ""
	}
	if _, ok := assign.Lhs[result].(*ast.Ident); !ok {
		return types.ExprString(assign.Lhs[result])
	}
	if id := assign.Lhs[result].(*ast.Ident); id.Name != "_" {
		return id.Name
	}
	return ""
}
