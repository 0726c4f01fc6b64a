package lifecycle

import (
	"go/token"
	"go/types"
	"strings"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/ssa"

	"github.com/connlint/connlint/internal/catalog"
	"github.com/connlint/connlint/internal/ssafunc"
)

// An engine holds what is shared by the explorations of one package.
type engine struct {
	pass      *analysis.Pass
	ssa       *ssafunc.Result
	cat       *catalog.Catalog
	live      liveness
	reach     map[*ssa.Function]*reachability
	layouts   map[*ssa.Function]*layout
	callees   map[*types.Func]*callee
	lits      map[*ssa.Function]*summary // of function literals
	isErr     map[ssa.Value]*symbol
	sentinels map[string]*symbol
	owners    map[ownerKey][]string
	calls     map[*ssa.Function][]*ssa.Call // see callsOf
	variables map[*ssa.Global]*ssa.Function // see static
	asked     map[*ssa.Phi]bool             // see tested
	loaded    map[*ssa.Alloc]*loads         // see loadsOf

	sites *sites
	filed map[place]bool

	// Where a function that is given rows returns, and where it stopped reading,
	// without having looked at the error.
	unread, endOfRead map[*ssa.Function]token.Pos

	described      map[string]bool                  // packages that the catalog says something about
	releaseMethods map[catalog.Kind]map[string]bool // names of the methods that release
	result         *Result

	at     *ssa.Function // the declared function that is being explored
	before int           // result.steps when it began
}

func newEngine(pass *analysis.Pass, res *ssafunc.Result) *engine {
	e := &engine{
		pass:           pass,
		ssa:            res,
		cat:            res.Catalog,
		reach:          map[*ssa.Function]*reachability{},
		layouts:        map[*ssa.Function]*layout{},
		callees:        map[*types.Func]*callee{},
		lits:           map[*ssa.Function]*summary{},
		isErr:          map[ssa.Value]*symbol{},
		sentinels:      map[string]*symbol{},
		owners:         map[ownerKey][]string{},
		filed:          map[place]bool{},
		asked:          map[*ssa.Phi]bool{},
		loaded:         map[*ssa.Alloc]*loads{},
		unread:         map[*ssa.Function]token.Pos{},
		endOfRead:      map[*ssa.Function]token.Pos{},
		releaseMethods: map[catalog.Kind]map[string]bool{},
		described:      map[string]bool{},
		result:         &Result{SSA: res, UnreadFields: map[*types.Var][]token.Pos{}},
	}
	for _, f := range e.cat.Facts() {
		if f.Verb == "noreturn" {
			e.described[packageOf(f.Name)] = true
		}
		if f.Verb == "release" {
			if i := strings.LastIndex(f.Name, ")."); i >= 0 && f.Attr["arg"] == "" {
				names := e.releaseMethods[f.Kind]
				if names == nil {
					names = map[string]bool{}
					e.releaseMethods[f.Kind] = names
				}
				names[f.Name[i+2:]] = true
			}
		}
	}
	return e
}

// A callee is what is known about a function that is called.
type callee struct {
	fn     *types.Func
	method bool
	facts  []*catalog.Fact
	sum    *summary // nil if the function was not analyzed, or not yet
	unseen bool     // its package is another one, and nothing is known of its body
}

// calleeOf returns what is known of the function or interface method that is
// called; nil for function values and literals.
func (e *engine) calleeOf(common *ssa.CallCommon) *callee {
	if common.IsInvoke() {
		return e.calleeOfFunc(common.Method)
	}
	fn := e.static(common)
	if fn == nil || fn.Parent() != nil {
		return nil
	}
	obj, _ := fn.Object().(*types.Func)
	if obj == nil {
		return nil
	}
	return e.calleeOfFunc(obj)
}

func (e *engine) calleeOfFunc(fn *types.Func) *callee {
	fn = fn.Origin()
	if c, ok := e.callees[fn]; ok {
		return c
	}
	c := &callee{fn: fn, method: fn.Signature().Recv() != nil, facts: e.cat.Lookup(catalog.FullName(fn))}
	if fn.Pkg() != nil && fn.Pkg() != e.pass.Pkg {
		sum := new(summary)
		if e.pass.ImportObjectFact(fn, sum) {
			c.sum = sum
		} else {
			c.unseen = true
		}
	}
	e.callees[fn] = c
	return c
}

// index returns the SSA argument for the catalog's parameter n.
func (c *callee) index(n int) int {
	if c.method {
		return n + 1
	}
	return n
}

// target returns the SSA argument that a fact with an optional arg= is about.
func (c *callee) target(f *catalog.Fact) int {
	if w := f.Attr["arg"]; w != "" {
		return c.index(atoi(w))
	}
	return 0
}

func (c *callee) noReturn() bool {
	for _, f := range c.facts {
		if f.Verb == "noreturn" {
			return true
		}
	}
	if c.sum != nil {
		return c.sum.NoReturn
	}
	return c.unseen && endsByName(c.fn.Name())
}

// foreign reports whether a call is of a function of which nothing is known and that
// is not of the standard library.
func (e *engine) foreign(common *ssa.CallCommon) bool {
	c := e.calleeOf(common)
	if c == nil || c.sum != nil || len(c.facts) > 0 || c.fn.Pkg() == nil || c.fn.Pkg() == e.pass.Pkg {
		return false
	}
	path := c.fn.Pkg().Path()
	first, _, _ := strings.Cut(path, "/")
	return strings.Contains(first, ".") && !e.ofDriver(c) && !e.described[path]
}

// packageOf returns the import path in a name of the catalog.
func packageOf(name string) string {
	name = strings.TrimLeft(name, "(*")
	slash := strings.LastIndexByte(name, '/')
	if dot := strings.IndexByte(name[slash+1:], '.'); dot >= 0 {
		return name[:slash+1+dot]
	}
	return name
}

// endsByName reports whether a function without a known body, such as a logger's of a
// package that was not analyzed, is called like one that ends the process.
func endsByName(name string) bool {
	for _, prefix := range []string{"Fatal", "fatal", "Exit", "Panic", "Die"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

// A resultNil is what a callee promises of a result.
type resultNil struct {
	nonNil bool
	same   int  // the SSA argument it is nil with, or -1
	oneWay bool // it may be nil without
}

func (c *callee) nilness(result int) resultNil {
	for _, f := range c.facts {
		switch {
		case f.Verb == "nonnil" && f.Arg == result:
			return resultNil{nonNil: true, same: -1}
		case f.Verb == "samenil" && result == 0:
			return resultNil{same: c.index(f.Arg)}
		}
	}
	if c.sum != nil {
		for _, i := range c.sum.NonNil {
			if i == result {
				return resultNil{nonNil: true, same: -1}
			}
		}
		for _, s := range c.sum.Same {
			if s.Result == result {
				return resultNil{same: s.Param, oneWay: s.OneWay}
			}
		}
	}
	return resultNil{nonNil: c.unseen && c.makesError(result), same: -1}
}

// makesError reports whether a function without a known body makes an error of a text, as
// the New and Errorf of all packages of errors do.
func (c *callee) makesError(result int) bool {
	sig := c.fn.Signature()
	switch c.fn.Name() {
	case "New", "Newf", "Errorf":
	default:
		return false
	}
	return result == 0 && sig.Recv() == nil && sig.Results().Len() == 1 && sig.Params().Len() > 0 &&
		isError(sig.Results().At(0).Type()) && types.Identical(sig.Params().At(0).Type(), types.Typ[types.String])
}

// isErrorOf returns the symbol for "v is a certain error".
func (e *engine) isErrorOf(v ssa.Value) *symbol {
	s := e.isErr[v]
	if s == nil {
		s = &symbol{name: "is error", sort: isErrorSym, typ: types.Typ[types.Bool], of: v}
		e.isErr[v] = s
	}
	return s
}

// sentinel returns the symbol for the value of a package-level error.
func (e *engine) sentinel(g *ssa.Global) *symbol {
	return e.sentinelNamed(g.Pkg.Pkg.Path() + "." + g.Name())
}

func (e *engine) sentinelNamed(name string) *symbol {
	s := e.sentinels[name]
	if s == nil {
		s = &symbol{name: name, sort: sentinelSym, typ: errorType}
		e.sentinels[name] = s
	}
	return s
}

// blocksClose reports whether giving back what o was acquired from waits for o.
func (e *engine) blocksClose(o *obligation) bool {
	if o.parentBlocks {
		return true
	}
	if o.parent == nil || o.kind != catalog.Rows && o.kind != catalog.Row {
		return false
	}
	f := e.cat.TypeFact(o.parent.Type())
	return f != nil && f.Attr["close"] == "waits"
}

// summaryOf returns the summary of fn, a function with source in this package, to
// fill in.
func (e *engine) summaryOf(fn *ssa.Function) *summary {
	if obj, ok := fn.Object().(*types.Func); ok {
		c := e.calleeOfFunc(obj)
		if c.sum == nil {
			c.sum = new(summary)
		}
		return c.sum
	}
	s := e.lits[fn]
	if s == nil {
		s = new(summary)
		e.lits[fn] = s
	}
	return s
}

func (e *engine) newExplorer(ob *obligation) *explorer {
	return &explorer{an: e, ob: ob, nums: newNumbering(), late: e.spent(ob.fn) > maxInFunc}
}

// spent returns the instructions executed since the engine came to fn: thousands of
// resources, each held over the acquires of all others, would cost their square.
func (e *engine) spent(fn *ssa.Function) int {
	for fn.Parent() != nil {
		fn = fn.Parent()
	}
	if fn != e.at {
		e.at, e.before = fn, e.result.steps
	}
	return e.result.steps - e.before
}

// ofDriver reports whether the function belongs to a package that the catalog
// describes: what it does not say of a method there is that it only uses its receiver.
func (e *engine) ofDriver(c *callee) bool {
	return c.fn.Pkg() != nil && e.cat.Reaches(c.fn.Pkg().Path())
}
