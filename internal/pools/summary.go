package pools

import (
	"fmt"
	"go/types"
	"strings"

	"golang.org/x/tools/go/ssa"

	"github.com/connlint/connlint/internal/calls"
	"github.com/connlint/connlint/internal/catalog"
	"github.com/connlint/connlint/internal/testcode"
)

// A summary is the fact about a function: its effects in the names of its callers.
type summary struct {
	Acquires []acquireFact
	Opens    []openFact
	Pools    []poolFact
	Sets     []setFact
	Carries  []carry
	Closes   []Path
	Runs     []int
}

func (*summary) AFact() {}
func (s *summary) String() string {
	var w []string
	for _, a := range s.Acquires {
		w = append(w, "acquires from "+a.Path.String())
	}
	for _, o := range s.Opens {
		w = append(w, "opens with "+o.Method)
	}
	for _, p := range s.Pools {
		w = append(w, fmt.Sprintf("result %d%s is a pool", p.Result, p.Fields))
	}
	for _, t := range s.Sets {
		w = append(w, fmt.Sprintf("sets %s of %s", t.Limit, t.Path))
	}
	for _, p := range s.Closes {
		w = append(w, "closes "+p.String())
	}
	for _, c := range s.Carries {
		w = append(w, fmt.Sprintf("result %d%s is %s", c.Result, c.Fields, c.From))
	}
	if len(s.Runs) > 0 {
		w = append(w, fmt.Sprint("runs ", s.Runs))
	}
	return strings.Join(w, "; ")
}

func (s *summary) empty() bool {
	return len(s.Closes)+len(s.Acquires)+len(s.Opens)+len(s.Pools)+len(s.Sets)+len(s.Carries)+len(s.Runs) == 0
}

// String returns p as a reader of facts wants it: "0.db", "pkg.DB", "?".
func (p Path) String() string {
	switch {
	case p.Param >= 0:
		return fmt.Sprint(p.Param, p.Fields)
	case p.Param == OfGlobal:
		return p.Global + p.Fields
	}
	return "?"
}

// An acquireFact is an Acquire in the names of the callers.
type acquireFact struct {
	Path     Path
	Kind     catalog.Kind
	Method   string
	Site     string
	Class    CtxClass
	CtxParam int // if Class is CtxParam
	Go       bool
	Abstract bool
	Stmt     bool
	Despite  bool
	Free     bool // nobody waits for a connection of that pool
}

// A carry is that a result, or a field of it, is something the function was given
// or a package variable: a getter, or a constructor that keeps its argument.
type carry struct {
	Result int
	Fields string
	From   Path
}

// factOf returns what is known of a callee of another package, or nil.
func (r *Result) factOf(c *ssa.CallCommon) *summary {
	obj := calls.Func(c)
	if obj == nil || obj.Pkg() == nil || obj.Pkg() == r.pass.Pkg {
		return nil
	}
	return r.objectFact(obj)
}

func (r *Result) objectFact(obj *types.Func) *summary {
	s, ok := r.facts[obj]
	if !ok {
		s = new(summary)
		if !r.pass.ImportObjectFact(obj, s) {
			s = nil
		}
		r.facts[obj] = s
	}
	return s
}

func (r *Result) importAcquire(call ssa.CallInstruction, f acquireFact, isGo bool) Acquire {
	a := Acquire{Ref: r.lowerPath(call, f.Path), Kind: f.Kind, Method: f.Method, Site: f.Site, Ctx: Ctx{Class: f.Class},
		Go: f.Go || isGo, Abstract: f.Abstract, Stmt: f.Stmt, Despite: f.Despite, Free: f.Free}
	if f.Class == CtxParam {
		a.Ctx = Ctx{}
		if arg := Argument(call, f.CtxParam); arg != nil {
			a.Ctx = r.contextOf(arg)
		}
	}
	return a
}

// export makes the facts of the package's functions, and of the methods of its
// interfaces that only one type implements.
func (r *Result) export() {
	if r.SSA.Described {
		return
	}
	done := map[*types.Func]bool{}
	for _, fn := range r.SSA.Funcs {
		obj, ok := fn.Object().(*types.Func)
		if !ok || fn.Parent() != nil || done[obj] || testcode.Has(fn) {
			continue
		}
		done[obj] = true
		if s := r.summaryOf(fn); !s.empty() {
			r.pass.ExportObjectFact(obj, s)
		}
	}
	r.exportInterfaces(done)
}

func (r *Result) exportInterfaces(done map[*types.Func]bool) {
	scope := r.pass.Pkg.Scope()
	for _, name := range scope.Names() {
		tn, ok := scope.Lookup(name).(*types.TypeName)
		if !ok || tn.IsAlias() || !types.IsInterface(tn.Type()) {
			continue
		}
		named, ok := tn.Type().(*types.Named)
		if !ok || named.TypeParams() != nil {
			continue
		}
		for m := range named.Underlying().(*types.Interface).ExplicitMethods() {
			fn := r.Roots.ImplementationOf(named, m)
			if fn == nil || done[m] {
				continue
			}
			done[m] = true
			if s := r.summaryOf(fn); !s.empty() {
				r.pass.ExportObjectFact(m, s)
			}
		}
	}
}

// summaryOf puts the effects of fn in the names of its callers.
func (r *Result) summaryOf(fn *ssa.Function) *summary {
	s := &summary{Carries: r.carriesOf(fn)}
	e := r.effects[fn]
	if e == nil {
		return s
	}
	s.Runs = e.runs
	for _, a := range e.acquires {
		f := acquireFact{Path: r.lift(fn, a.Ref), Kind: a.Kind, Method: a.Method, Site: a.Site, Class: a.Ctx.Class, Go: a.Go, Abstract: a.Abstract, Stmt: a.Stmt, Despite: a.Despite, Free: a.Free || r.free(fn, a.Ref)}
		if a.Ctx.Class == CtxParam {
			f.CtxParam = paramNumber(fn, a.Ctx.Param)
			if f.CtxParam < 0 {
				f.Class = CtxUnknown
			}
		}
		waits := f.Class == CtxParam || (f.Class == CtxNone || f.Class == CtxEndless)
		if f.Path.Param == OfNothing && (!waits || f.Abstract || f.Stmt) {
			continue
		}
		s.Acquires = append(s.Acquires, f)
	}
	for _, o := range e.opens {
		s.Opens = append(s.Opens, r.liftOpen(fn, o))
	}
	s.Pools = r.poolFacts(fn)
	for _, ref := range e.closes {
		if p := r.lift(fn, ref); p.Param != OfNothing {
			s.Closes = append(s.Closes, p)
		}
	}
	for _, t := range e.sets {
		if p := r.lift(fn, t.ref); p.Param != OfNothing {
			s.Sets = append(s.Sets, setFact{Path: p, Limit: t.limit, Value: t.value, Known: t.known})
		}
	}
	return s
}

func paramNumber(fn *ssa.Function, p *ssa.Parameter) int {
	for i, q := range fn.Params {
		if p == q {
			return i
		}
	}
	return -1
}

// nameResult names a result of a call: what the catalog or the callee says it is.
func (r *Result) nameResult(call *ssa.Call, v ssa.Value, index int) Ref {
	for _, f := range r.SSA.Catalog.Lookup(r.SSA.NameOf(&call.Call), "derive") {
		if f.Arg != index {
			continue
		}
		if n, ok := f.Attr["arg"]; ok {
			if arg := argument(call, n); arg != nil {
				return r.refOf(arg)
			}
		} else if hasReceiver(&call.Call) {
			return r.refOf(Argument(call, 0))
		}
	}
	return r.carried(call, index, Ref{Root: v})
}

// carried resolves ref, which starts at result index of a call, to what the callee
// says is there.
func (r *Result) carried(call *ssa.Call, index int, ref Ref) Ref {
	for _, c := range r.carriesOfCall(call) {
		if c.Result != index || !strings.HasPrefix(ref.Fields, c.Fields) {
			continue
		}
		rest := ref.Fields[len(c.Fields):]
		if rest != "" && rest[0] != '.' {
			continue
		}
		if from := r.lowerPath(call, c.From); from.Root != nil {
			return r.join(from, rest)
		}
	}
	if strings.Count(ref.Fields, ".") > maxFields {
		return Ref{}
	}
	return ref
}

func (r *Result) carriesOfCall(call *ssa.Call) []carry {
	if s := r.factOf(&call.Call); s != nil {
		return s.Carries
	}
	if fn := call.Call.StaticCallee(); fn != nil {
		if fn = sourceOf(fn); fn.Pkg == r.SSA.Pkg && fn.Parent() == nil {
			return r.carriesOf(fn)
		}
	}
	return nil
}

// carriesOf finds what the results of a function of this package carry. Error
// paths, which return nil, say nothing.
func (r *Result) carriesOf(fn *ssa.Function) []carry {
	if c, ok := r.carries[fn]; ok {
		return c
	}
	r.carries[fn] = nil // a recursion carries nothing
	var all []carry
	for i := range fn.Signature.Results().Len() {
		if t := fn.Signature.Results().At(i).Type(); !isBasic(t) {
			all = append(all, r.carriesOfResult(fn, i)...)
		}
	}
	r.carries[fn] = all
	return all
}

func isBasic(t types.Type) bool {
	switch t := t.Underlying().(type) {
	case *types.Basic:
		return true
	case *types.Interface:
		return types.Identical(t, types.Universe.Lookup("error").Type().Underlying())
	}
	return false
}

func (r *Result) carriesOfResult(fn *ssa.Function, i int) []carry {
	var same []carry
	first := true
	for _, b := range fn.Blocks {
		ret, ok := b.Instrs[len(b.Instrs)-1].(*ssa.Return)
		if !ok || i >= len(ret.Results) {
			continue
		}
		if c, ok := ret.Results[i].(*ssa.Const); ok && c.IsNil() {
			continue
		}
		cs := r.carriesOfValue(fn, i, "", ret.Results[i], 3)
		if !first && !equalCarries(same, cs) {
			return nil
		}
		same, first = cs, false
	}
	return same
}

func equalCarries(a, b []carry) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// carriesOfValue finds what v, or the struct it points to, is made of.
func (r *Result) carriesOfValue(fn *ssa.Function, result int, fields string, v ssa.Value, depth int) []carry {
	ref := r.refOf(v)
	if p := r.lift(fn, ref); p.Param != OfNothing {
		return []carry{{result, fields, p}}
	}
	if depth == 0 || ref.Fields != "" || ref.Root == nil {
		return nil
	}
	switch root := ref.Root.(type) {
	case *ssa.Alloc:
		return r.carriesOfStruct(fn, result, fields, root, depth)
	case *ssa.Call:
		return r.carriesOn(fn, result, fields, root, 0)
	case *ssa.Extract:
		if call, ok := root.Tuple.(*ssa.Call); ok {
			return r.carriesOn(fn, result, fields, call, root.Index)
		}
	}
	return nil
}

func (r *Result) carriesOfStruct(fn *ssa.Function, result int, fields string, alloc *ssa.Alloc, depth int) []carry {
	st := structOf(alloc.Type())
	if st == nil {
		return nil
	}
	var all []carry
	for f := range st.Fields() {
		if !r.mayHoldPool(f.Type()) {
			continue
		}
		if v, _ := r.stored(alloc, "."+f.Name()); v != nil && len(all) < maxEffects {
			all = append(all, r.carriesOfValue(fn, result, fields+"."+f.Name(), v, depth-1)...)
		}
	}
	return all
}

// carriesOn passes on what a callee's result carries.
func (r *Result) carriesOn(fn *ssa.Function, result int, fields string, call *ssa.Call, index int) []carry {
	var all []carry
	for _, c := range r.carriesOfCall(call) {
		if c.Result != index {
			continue
		}
		if p := r.lift(fn, r.lowerPath(call, c.From)); p.Param != OfNothing && strings.Count(fields+c.Fields, ".") <= maxFields {
			all = append(all, carry{result, fields + c.Fields, p})
		}
	}
	return all
}

// mayHoldPool reports whether a field of type t can be or hold a pool: a pool, an
// interface, or a struct of someone's own.
func (r *Result) mayHoldPool(t types.Type) bool {
	if r.isPool(t) || (types.IsInterface(t) && !isBasic(t) && !isContext(t)) {
		return true
	}
	return structOf(t) != nil
}
