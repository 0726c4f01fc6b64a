// Package pools knows the connection pools of a package: which mentions are the
// same pool, who opens it and how often, what limits it, what takes a connection
// from it and what ends the wait. It reports nothing; the pool rules ask it.
//
// What a function does to the pools it can name travels to its callers as a fact.
package pools

import (
	"go/token"
	"go/types"
	"reflect"
	"slices"
	"strings"
	"sync"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/ssa"

	"github.com/connlint/connlint/internal/calls"
	"github.com/connlint/connlint/internal/catalog"
	"github.com/connlint/connlint/internal/roots"
	"github.com/connlint/connlint/internal/ssafunc"
)

// Analyzer summarizes what the functions of a package do to pools.
var Analyzer = &analysis.Analyzer{
	Name:       "connlintpools",
	Doc:        "follow pools of connections from where they are opened to where they are used",
	Run:        run,
	Requires:   []*analysis.Analyzer{ssafunc.Analyzer, roots.Analyzer},
	ResultType: reflect.TypeFor[*Result](),
	FactTypes:  []analysis.Fact{new(summary)},
}

// A Result is what Analyzer knows of a package.
type Result struct {
	SSA   *ssafunc.Result
	Roots *roots.Result
	// Pools are the calls of this package that open a pool, or get one that the
	// callee opened for them, in source order.
	Pools []*Pool
	// Opens are the calls that open a pool or a connection each time they run,
	// in source order; those in test files are left out, and those that happen
	// once because they are guarded or given to a sync.Once.
	Opens []*Open
	// Waits are the calls that can wait for a connection without end, in source
	// order; those in test files are left out.
	Waits []*Wait
	// Configs are the limits that functions set, one for each function and pool.
	Configs []*Config

	mu   sync.Mutex // several rules ask at once, and answers are remembered
	pass *analysis.Pass
	// relevant are the functions of other packages whose calls can matter.
	relevant map[*types.Func]bool
	funcs    []*ssa.Function
	waits    map[string][]*catalog.Fact // the wait lines by bare method name
	refs     map[ssa.Value]Ref
	calls    map[*ssa.Function][]ssa.CallInstruction
	callers  map[*ssa.Function][]ssa.CallInstruction
	behind   map[*ssa.Function][]*ssa.Function // who calls it through an interface
	order    map[*ssa.Function]int             // callees first
	stores   map[*ssa.Function][]*ssa.Store    // to fields that are limits
	globals  globals
	effects  map[*ssa.Function]*effects
	carries  map[*ssa.Function][]carry
	facts    map[*types.Func]*summary
	handed   map[*ssa.Function][]*Pool
	privates map[Ref]bool
	needed   map[*ssa.Function]uint64 // the parameters that say what it opens
	// perRequest are the calls that open for Opens.
	perRequest map[ssa.CallInstruction]bool
}

func run(pass *analysis.Pass) (any, error) {
	r := &Result{
		SSA:      pass.ResultOf[ssafunc.Analyzer].(*ssafunc.Result),
		Roots:    pass.ResultOf[roots.Analyzer].(*roots.Result),
		pass:     pass,
		relevant: map[*types.Func]bool{},
		waits:    map[string][]*catalog.Fact{},
		refs:     map[ssa.Value]Ref{},
		calls:    map[*ssa.Function][]ssa.CallInstruction{},
		callers:  map[*ssa.Function][]ssa.CallInstruction{},
		behind:   map[*ssa.Function][]*ssa.Function{},
		order:    map[*ssa.Function]int{},
		stores:   map[*ssa.Function][]*ssa.Store{},
		effects:  map[*ssa.Function]*effects{},
		carries:  map[*ssa.Function][]carry{},
		facts:    map[*types.Func]*summary{},
		handed:   map[*ssa.Function][]*Pool{},
		privates: map[Ref]bool{},
		needed:   map[*ssa.Function]uint64{},

		perRequest: map[ssa.CallInstruction]bool{},
	}
	if !r.SSA.Relevant {
		return r, nil
	}
	for _, f := range r.SSA.Catalog.Facts() {
		if i := strings.LastIndex(f.Name, ")."); f.Verb == "wait" && i >= 0 {
			r.waits[f.Name[i+2:]] = append(r.waits[f.Name[i+2:]], f)
		}
	}
	r.globals.init(r.SSA.Pkg)
	r.funcs = r.SSA.Funcs
	if fn := r.SSA.Pkg.Func("init"); fn != nil && !slices.Contains(r.funcs, fn) {
		r.funcs = append([]*ssa.Function{fn}, r.funcs...) // it fills the package variables
	}
	for _, fn := range r.funcs {
		r.walk(fn)
	}
	r.summarize()
	r.findOpens()
	r.findPools()
	r.findConfigs()
	r.findWaits()
	r.export()
	return r, nil
}

// walk collects what the rest of the package looks at, in one pass over the
// instructions of a function.
func (r *Result) walk(fn *ssa.Function) {
	for _, b := range fn.Blocks {
		for _, instr := range b.Instrs {
			switch instr := instr.(type) {
			case ssa.CallInstruction:
				if r.matters(instr) {
					r.calls[fn] = append(r.calls[fn], instr)
					if callee := instr.Common().StaticCallee(); callee != nil && callee.Pkg == fn.Pkg {
						callee = sourceOf(callee)
						r.callers[callee] = append(r.callers[callee], instr)
					}
				}
			case *ssa.Store:
				switch addr := instr.Addr.(type) {
				case *ssa.FieldAddr:
					if r.limitOf(addr) != "" {
						r.stores[fn] = append(r.stores[fn], instr)
					}
				case *ssa.Global:
					r.globals.stores[addr] = append(r.globals.stores[addr], instr)
				}
			}
		}
	}
}

// An Acquire is that a call, when it runs, takes a connection from a pool.
type Acquire struct {
	// Ref is the pool as the calling function names it; the zero Ref if the
	// function cannot name it.
	Ref Ref
	// Kind is what the connection is held for; Pool if only for the call.
	Kind catalog.Kind
	// Method is the driver's method that takes it, such as "(*database/sql.DB).Query".
	Method string
	// Site is where Method is called, such as "store.go:12".
	Site string
	// Pos is Site if it is in this package, else NoPos.
	Pos token.Pos
	// Ctx is what ends the wait for a connection.
	Ctx Ctx
	// Go is that it happens in another goroutine.
	Go bool
	// Abstract is that the method is called through an interface, and Ref may
	// be a transaction as well as a pool.
	Abstract bool
	// Stmt is that a prepared statement takes it. Ref is the pool it was prepared on
	// if that is known, else the statement, which outlives the function.
	Stmt bool
	// Despite is that a function that is given a transaction takes it, and does not
	// ask whether there is one.
	Despite bool
	// Free is that nobody waits for a connection of the pool, as a callee in another
	// package knows, or that the wait is for a lock and meant.
	Free bool
}

// Acquires returns the connections that a call takes from pools, itself or in the
// functions it calls, the function literals it is known to run included; one for
// each pool and kind of context. Those through an interface that may hold a
// transaction as well are among them only if the value is known to be a pool: by its
// type, or because transactions are begun on it and it ends none itself.
func (r *Result) Acquires(call ssa.CallInstruction) []Acquire {
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []Acquire
	for _, a := range r.acquiresOf(call) {
		if !a.Abstract || r.isPoolRef(a.Ref) || r.begins(a.Ref) {
			out = append(out, a)
		}
	}
	return out
}

// RefOf names a value.
func (r *Result) RefOf(v ssa.Value) Ref {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.refOf(v)
}

// CtxOf classifies a context.
func (r *Result) CtxOf(v ssa.Value) Ctx {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.contextOf(v)
}

// Lift returns ref as callers of fn read it.
func (r *Result) Lift(fn *ssa.Function, ref Ref) Path {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.lift(fn, ref)
}

// Lower returns the value that p, a path of the function that call calls, is in
// the function that calls; the zero Ref if it is nothing there.
func (r *Result) Lower(call ssa.CallInstruction, p Path) Ref {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.lowerPath(call, p)
}

// matters reports whether a call can have an effect on a pool: it is of a function
// that the catalog or a fact knows, of this package, of a value, or of an interface
// with a method like a driver's.
func (r *Result) matters(call ssa.CallInstruction) bool {
	c := call.Common()
	if _, builtin := c.Value.(*ssa.Builtin); builtin {
		return false
	}
	obj := calls.Func(c)
	if obj == nil || obj.Pkg() == r.pass.Pkg {
		return true
	}
	known, ok := r.relevant[obj]
	if !ok {
		known = len(r.SSA.Catalog.Lookup(r.SSA.NameOf(c))) > 0 || r.factOf(c) != nil ||
			c.IsInvoke() && (len(r.waits[obj.Name()]) > 0 || r.limitMethod(c) != "")
		r.relevant[obj] = known
	}
	return known
}
