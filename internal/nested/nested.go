// Package nested finds where code that holds a connection of a pool asks the same
// pool for another one. It reports nothing; the rule pooldeadlock asks it.
package nested

import (
	"cmp"
	"go/token"
	"go/types"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/ssa"

	"github.com/connlint/connlint/internal/calls"
	"github.com/connlint/connlint/internal/catalog"
	"github.com/connlint/connlint/internal/lifecycle"
	"github.com/connlint/connlint/internal/pools"
	"github.com/connlint/connlint/internal/session"
	"github.com/connlint/connlint/internal/testcode"
)

// Analyzer finds the nested acquires of a package.
var Analyzer = &analysis.Analyzer{
	Name:       "connlintnested",
	Doc:        "find second connections taken while a first one is held",
	Run:        run,
	Requires:   []*analysis.Analyzer{lifecycle.Analyzer, pools.Analyzer},
	ResultType: reflect.TypeFor[*Result](),
	FactTypes:  []analysis.Fact{new(runner), new(locker)},
}

// A Result is what Analyzer knows of a package.
type Result struct {
	// Acquires are the nested acquires, in source order, one for each
	// connection that is held; those in test files are left out.
	Acquires []*Acquire
}

// An Acquire is that a connection is wanted while another one is held.
type Acquire struct {
	// Held is what is held: rows, a transaction, a connection; Name the
	// variable, or "".
	Held catalog.Kind
	Name string
	// HeldPos is where it was acquired, or where the function is called that
	// holds it; Holder is that function's title, or "".
	HeldPos token.Pos
	Holder  string
	// Pos and End are the call that wants the second connection, Call its
	// title, and Method the driver's method that it runs, at Site if that is
	// elsewhere; both "" if a function known only at run time is handed the
	// pool.
	Pos, End token.Pos
	Call     string
	Method   string
	Site     string
	// Direct is that the call is that of the driver itself.
	Direct bool
	// Max is the limit of the pool if the package sets it, else 0.
	Max int64
	// More are further calls that want one, in source order.
	More []token.Pos
}

// A runner is the fact that a function runs a function it is given while it holds a
// connection.
type runner struct{ Runs []guarded }

// A guarded is one parameter that is run while a connection is held.
type guarded struct {
	Param int // counted with the receiver
	Kind  catalog.Kind
	Pool  pools.Path
	// Reuses reports that the function also runs it without taking a
	// connection: it uses the transaction that there is already.
	Reuses bool
}

func (*runner) AFact()         {}
func (*runner) String() string { return "runs a function while it holds a connection" }

// A finder looks at one package.
type finder struct {
	*Result
	pass    *analysis.Pass
	life    *lifecycle.Result
	pools   *pools.Result
	giving  []*ssa.Call // see callsGiving
	runners map[*ssa.Function][]guarded
	stored  map[*ssa.Function][]string              // the fields that a function assigns
	byCall  map[ssa.CallInstruction]*Acquire        // the held connection's acquire → what was found
	locks   map[*ssa.Function]session.Locking       // how they lock what they are given or return
	advises map[ssa.CallInstruction]session.Locking // what takesLock knows without locks
	// command is that the package is a program that serves nothing: it is the only one
	// to use its pools.
	command bool
}

func run(pass *analysis.Pass) (any, error) {
	f := &finder{
		Result:  new(Result),
		pass:    pass,
		life:    pass.ResultOf[lifecycle.Analyzer].(*lifecycle.Result),
		pools:   pass.ResultOf[pools.Analyzer].(*pools.Result),
		runners: map[*ssa.Function][]guarded{},
		stored:  map[*ssa.Function][]string{},
		byCall:  map[ssa.CallInstruction]*Acquire{},
		locks:   map[*ssa.Function]session.Locking{},
		advises: map[ssa.CallInstruction]session.Locking{},
	}
	if !f.pools.SSA.Relevant {
		return f.Result, nil
	}
	f.command = pass.Pkg.Name() == "main" && !f.pools.Roots.Serves
	f.findLocks()
	f.giving = f.callsGiving()
	f.findRunners()
	for _, res := range f.life.Resources {
		if !testcode.Has(res.Fn) {
			f.resource(res)
		}
	}
	for _, call := range f.giving {
		if !testcode.Has(call.Parent()) {
			f.literals(call)
		}
	}
	f.export()
	slices.SortStableFunc(f.Acquires, func(a, b *Acquire) int { return cmp.Compare(a.Pos, b.Pos) })
	return f.Result, nil
}

// resource looks at what runs while a resource is held.
func (f *finder) resource(res *lifecycle.Resource) {
	held := f.poolsOf(res)
	if len(held) == 0 || f.isLock(res) {
		return
	}
	for _, call := range f.during(res) {
		if call == res.Call {
			continue
		}
		given := f.given(call, res)
		for _, a := range f.wanted(call) {
			if given && !a.Despite {
				continue
			}
			if f.sameAsOne(held, a) && (!a.Stmt || res.Call.Block().Dominates(call.Block())) {
				f.found(res.Call, call, a, &Acquire{Held: res.Kind, Name: res.Name, HeldPos: res.Call.Pos()})
				break
			}
		}
	}
}

// sameAsOne reports whether a connection is taken from one of the pools. A statement that
// is kept next to a pool was prepared on that.
func (f *finder) sameAsOne(held []pools.Ref, a pools.Acquire) bool {
	return slices.ContainsFunc(held, func(pool pools.Ref) bool {
		return a.Ref == pool || a.Stmt && f.nextTo(a.Ref, pool)
	})
}

// nextTo reports whether a statement comes from the same value as a pool: both from the
// receiver, or from variables of one package.
func (f *finder) nextTo(stmt, pool pools.Ref) bool {
	if !f.pools.IsStmt(stmt) {
		return false
	}
	if stmt.Root == pool.Root {
		return stmt.Fields != "" && pool.Fields != ""
	}
	s, ok := stmt.Root.(*ssa.Global)
	p, isGlobal := pool.Root.(*ssa.Global)
	return ok && isGlobal && s.Pkg != nil && s.Pkg == p.Pkg
}

// during returns what runs while res is held. The engine stops at the first leak and
// where there are too many paths; what stands in the loop over rows runs all the same.
func (f *finder) during(res *lifecycle.Resource) []ssa.CallInstruction {
	during := slices.Clone(res.During)
	if res.Kind == catalog.Rows {
		for _, call := range calls.WhileNext(f.pools.SSA.Catalog, res.Value) {
			if !slices.Contains(during, call) {
				during = append(during, call)
			}
		}
	}
	return during
}

// poolsOf returns the pools that a resource may hold a connection of.
func (f *finder) poolsOf(res *lifecycle.Resource) []pools.Ref {
	switch res.Kind {
	case catalog.Rows, catalog.Row, catalog.Batch, catalog.Tx, catalog.Conn:
	default:
		return nil
	}
	var held []pools.Ref
	for _, a := range f.pools.Acquires(res.Call) {
		if !a.Go && a.Ref.Known() && holds(a.Kind, res.Kind) {
			held = append(held, a.Ref)
		}
	}
	return held
}

// holds reports whether what is acquired for one kind may be a resource of the other:
// a function that returns rows acquired them, one that returns a transaction began
// it.
func holds(acquired, kind catalog.Kind) bool {
	if kind == catalog.Batch {
		kind = catalog.Rows
	}
	return acquired == kind
}

// wanted returns what a call takes from pools that it must wait for.
func (f *finder) wanted(call ssa.CallInstruction) []pools.Acquire {
	switch call.(type) {
	case *ssa.Go, *ssa.Defer:
		return nil // a deferred call runs when the function returns: see the limits
	}
	if f.reuses(call) || endsSession(call.Common()) {
		return nil
	}
	if a, ok := f.handsOver(call); ok {
		return []pools.Acquire{a}
	}
	var out []pools.Acquire
	for _, a := range f.pools.Acquires(call) {
		if !a.Go && a.Ref.Known() && !f.replaced(call.Parent(), a.Ref) {
			out = append(out, a)
		}
	}
	return out
}

// replaced reports whether a field on the way to the pool is assigned in the function
// or its literals: it may be another one by then.
//
//	s.InTx(func(tx *Store) error { e.store = tx; return e.store.Count() })
func (f *finder) replaced(fn *ssa.Function, ref pools.Ref) bool {
	if ref.Fields == "" {
		return false
	}
	for fn.Parent() != nil {
		fn = fn.Parent()
	}
	fields := strings.Split(ref.Fields, ".")
	return slices.ContainsFunc(f.assigned(fn), func(name string) bool { return slices.Contains(fields, name) })
}

// assigned returns the names of the fields that a function and its literals assign,
// those of structs that it makes apart.
func (f *finder) assigned(fn *ssa.Function) []string {
	if names, ok := f.stored[fn]; ok {
		return names
	}
	f.stored[fn] = nil
	var names []string
	for _, b := range fn.Blocks {
		for _, instr := range b.Instrs {
			st, ok := instr.(*ssa.Store)
			if !ok {
				continue
			}
			addr, ok := st.Addr.(*ssa.FieldAddr)
			if !ok {
				continue
			}
			if _, made := addr.X.(*ssa.Alloc); made {
				continue
			}
			if s, ok := addr.X.Type().Underlying().(*types.Pointer).Elem().Underlying().(*types.Struct); ok {
				names = append(names, s.Field(addr.Field).Name())
			}
		}
	}
	for _, lit := range fn.AnonFuncs {
		names = append(names, f.assigned(lit)...)
	}
	f.stored[fn] = names
	return names
}

// handsOver returns the pool that a function known only at run time is handed. What
// returns nothing but an error was called to do something with it:
//
//	err := migration.Run(db)
func (f *finder) handsOver(call ssa.CallInstruction) (pools.Acquire, bool) {
	c := call.Common()
	if c.StaticCallee() != nil || f.pools.Roots.Implementation(c) != nil {
		return pools.Acquire{}, false
	}
	if n := c.Signature().Results().Len(); n > 1 || n == 1 && !calls.ReturnsError(c.Signature()) {
		return pools.Acquire{}, false
	}
	for _, v := range c.Args {
		if ref := f.pools.RefOf(v); f.isPool(v) && ref.Known() {
			return pools.Acquire{Ref: ref}, true
		}
	}
	return pools.Acquire{}, false
}

// endsSession reports whether the callee ends another session, which cannot be done
// on the connection of that session.
func endsSession(c *ssa.CallCommon) bool {
	fn := calls.Func(c)
	return fn != nil && sessionEnder.MatchString(fn.Name())
}

var sessionEnder = regexp.MustCompile(`^([kK]ill|[tT]erminate)`)

// given reports whether the call is given the resource or one like it, or is one of
// its methods: it can use that in place of the pool. res may be nil.
func (f *finder) given(call ssa.CallInstruction, res *lifecycle.Resource) bool {
	for _, v := range operands(call.Common()) {
		if kind, ok := f.kindOf(v); ok && kind != catalog.Pool && !(kind == catalog.Stmt && f.pools.OnPool(v)) {
			return true
		}
		if res != nil && res.Value != nil && types.Identical(v.Type(), res.Value.Type()) && !f.isPool(v) {
			return true // a wrapper of the resource
		}
	}
	return false
}

func (f *finder) isPool(v ssa.Value) bool {
	kind, ok := f.kindOf(v)
	return ok && kind == catalog.Pool
}

// kindOf returns the kind of resource that v is, also inside an interface.
func (f *finder) kindOf(v ssa.Value) (catalog.Kind, bool) {
	for {
		if kind, ok := f.pools.SSA.Catalog.KindOf(v.Type()); ok {
			return kind, true
		}
		switch t := v.(type) {
		case *ssa.MakeInterface:
			v = t.X
		case *ssa.ChangeInterface:
			v = t.X
		default:
			return "", false
		}
	}
}

// found files a nested acquire, the first of a held connection with the further ones
// behind it.
func (f *finder) found(held, call ssa.CallInstruction, a pools.Acquire, n *Acquire) {
	if first := f.byCall[held]; first != nil {
		if !slices.Contains(first.More, call.Pos()) && call.Pos() != first.Pos {
			first.More = append(first.More, call.Pos())
		}
		return
	}
	max := f.maxOpen(a.Ref)
	if max == 0 && (f.command || f.pools.Private(a.Ref)) {
		return // nobody else wants a connection of that pool, and it has another one
	}
	n.Pos, n.End = call.Pos(), call.Pos()
	n.Call, n.Method, n.Site = calls.Title(call.Common()), a.Method, a.Site
	n.Direct = a.Pos == call.Pos() && a.Method != ""
	n.Max = max
	f.byCall[held] = n
	f.Acquires = append(f.Acquires, n)
}

// maxOpen returns the limit of the pool, 0 if it is not known.
func (f *finder) maxOpen(ref pools.Ref) int64 {
	for _, p := range f.pools.Pools {
		if l, ok := p.Limits["max-open"]; ok && p.Ref == ref && l.Known {
			return l.Value
		}
	}
	return 0
}

// operands returns the receiver and arguments of a call.
func operands(c *ssa.CallCommon) []ssa.Value {
	if c.IsInvoke() {
		return append([]ssa.Value{c.Value}, c.Args...)
	}
	return c.Args
}

// export makes the facts.
func (f *finder) export() {
	if f.pools.SSA.Described {
		return
	}
	for fn, runs := range f.runners {
		if obj, ok := fn.Object().(*types.Func); ok && fn.Parent() == nil && len(runs) > 0 {
			f.pass.ExportObjectFact(obj, &runner{runs})
		}
	}
	for fn, how := range f.locks {
		if obj, ok := fn.Object().(*types.Func); ok && fn.Parent() == nil {
			f.pass.ExportObjectFact(obj, &locker{how})
		}
	}
}
