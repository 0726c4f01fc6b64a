// Package retry finds out what code does when the database cannot be reached: which
// loops and helpers try again, and on what; and where a connection that is gone
// ends a program, a request or a loop that had better start afresh. It reports
// nothing; the rule connretry asks it.
package retry

import (
	"cmp"
	"go/token"
	"go/types"
	"reflect"
	"slices"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/ssa"

	"github.com/connlint/connlint/internal/calls"
	"github.com/connlint/connlint/internal/catalog"
	"github.com/connlint/connlint/internal/pools"
	"github.com/connlint/connlint/internal/roots"
	"github.com/connlint/connlint/internal/ssafunc"
	"github.com/connlint/connlint/internal/testcode"
)

// Analyzer finds the loops that try again and what does not survive the loss of a
// connection.
var Analyzer = &analysis.Analyzer{
	Name:       "connlintretry",
	Doc:        "find what is tried again when a connection fails, and what is not",
	Run:        run,
	Requires:   []*analysis.Analyzer{ssafunc.Analyzer, roots.Analyzer, pools.Analyzer},
	ResultType: reflect.TypeFor[*Result](),
	FactTypes:  []analysis.Fact{new(retries), new(contacts)},
}

// A Category is a way not to survive.
type Category string

// The categories.
const (
	Startup Category = "startup" // the first contact is tried once
	Once    Category = "once"    // a request's transaction is tried once
	Dead    Category = "dead"    // the retry is on what is dead
	Storm   Category = "storm"   // the retry has neither pause nor end
	Blind   Category = "blind"   // the retry does not look at the error
	Match   Category = "match"   // the error is recognised by its text
	Single  Category = "single"  // one connection for ever
)

// Categories lists all categories.
var Categories = []Category{Startup, Once, Dead, Storm, Blind, Match, Single}

// A Result is what Analyzer knows of a package.
type Result struct {
	SSA *ssafunc.Result
	// Faults are the places that do not survive, in source order. Those in
	// test files are left out.
	Faults []*Fault
}

// A Fault is one place that does not survive the loss of a connection.
type Fault struct {
	Category Category
	Pos, End token.Pos
	// What is the call at fault, such as (*sql.DB).Ping; of Match the text or
	// variable, of Single the field or variable.
	What string
	// Dies reports that a Startup ends the process, as far as this package
	// shows; else it is in the function that opens the pool.
	Dies bool
	// Through is the function of another package that a Startup calls What by,
	// or "".
	Through string
	// Kind is what a Dead retry keeps using.
	Kind catalog.Kind
	// Name is the variable that holds it, or "".
	Name string
	// Related is where the other end of the fault is: where the dead thing was
	// made; NoPos if there is none.
	Related token.Pos
}

// retries is the fact that a function calls these parameters of it (counted with the
// receiver) again while they fail.
type retries struct{ Params []int }

func (*retries) AFact() {}

// contacts is the fact that a function's error may say that the server is not there,
// tried once.
type contacts struct{ What string }

func (*contacts) AFact() {}

func (f *contacts) String() string { return "contacts the server by " + f.What }
func (f *retries) String() string  { return "tries again" }

// An engine analyzes one package.
type engine struct {
	*Result
	pass     *analysis.Pass
	roots    *roots.Result
	pools    *pools.Result
	loops    map[*ssa.Function][]*loop
	callers  map[*ssa.Function][]ssa.CallInstruction // static calls in this package
	made     map[*ssa.Function][]ssa.CallInstruction // calls that a literal is given to
	known    map[*ssa.Function]*about
	imported map[*types.Func]*about          // of other packages
	opened   map[*ssa.Function][]*pools.Pool // the pools that a function opens
	// program is that a function of the package serves: of a main package, that
	// it is no command that is run by hand.
	program bool
	// isDriver is that the package is a driver of database/sql.
	isDriver bool
}

// about is what is known of a function of this package.
type about struct {
	retries []int
	contact contact
}

func run(pass *analysis.Pass) (any, error) {
	res := &Result{SSA: pass.ResultOf[ssafunc.Analyzer].(*ssafunc.Result)}
	if !res.SSA.Relevant {
		return res, nil
	}
	e := &engine{
		Result:   res,
		pass:     pass,
		roots:    pass.ResultOf[roots.Analyzer].(*roots.Result),
		pools:    pass.ResultOf[pools.Analyzer].(*pools.Result),
		loops:    map[*ssa.Function][]*loop{},
		callers:  map[*ssa.Function][]ssa.CallInstruction{},
		made:     map[*ssa.Function][]ssa.CallInstruction{},
		known:    map[*ssa.Function]*about{},
		imported: map[*types.Func]*about{},
		opened:   map[*ssa.Function][]*pools.Pool{},

		isDriver: isDriver(pass.Pkg),
	}
	for _, p := range e.pools.Pools {
		e.opened[p.Fn] = append(e.opened[p.Fn], p)
	}
	for _, fn := range res.SSA.Funcs {
		e.program = e.program || e.roots.RunsServer(fn)
		e.collect(fn)
	}
	e.summarize()
	for _, fn := range res.SSA.Funcs {
		if !testcode.Has(fn) {
			e.function(fn)
		}
	}
	e.exportFacts()
	slices.SortStableFunc(res.Faults, func(a, b *Fault) int { return cmp.Compare(a.Pos, b.Pos) })
	return res, nil
}

// collect notes the loops of fn and whom it calls.
func (e *engine) collect(fn *ssa.Function) {
	e.loops[fn] = loopsOf(fn)
	e.known[fn] = new(about)
	for _, call := range e.SSA.Calls(fn) {
		c := call.Common()
		if callee := c.StaticCallee(); callee != nil {
			callee = calls.Declared(callee)
			e.callers[callee] = append(e.callers[callee], call)
		}
		for _, a := range c.Args {
			if lit := calls.Function(a); lit != nil {
				e.made[lit] = append(e.made[lit], call)
			}
		}
	}
}

// summarize finds out what the functions do, callees as deep as it takes. After the
// first round it looks at those again of whose callees something new is known.
func (e *engine) summarize() {
	stale := map[*ssa.Function]bool{}
	for _, fn := range e.SSA.Funcs {
		stale[fn] = true
	}
	for changed := true; changed; {
		changed = false
		for _, fn := range e.SSA.Funcs {
			if !stale[fn] {
				continue
			}
			stale[fn] = false
			a := e.known[fn]
			before := *a
			a.retries = e.retriedParams(fn)
			if a.contact.What == "" {
				a.contact = e.contactOf(fn)
			}
			if len(a.retries) != len(before.retries) || a.contact != before.contact {
				changed = true
				e.spoil(fn, stale)
			}
		}
	}
}

// spoil marks what may depend on what is known of fn: its callers, the literals they
// give it, and the function it is a literal of.
func (e *engine) spoil(fn *ssa.Function, stale map[*ssa.Function]bool) {
	for _, call := range e.callers[fn] {
		stale[call.Parent()] = true
		for _, a := range call.Common().Args {
			if lit := calls.Function(a); lit != nil {
				stale[lit] = true
			}
		}
	}
	if fn.Parent() != nil {
		stale[fn.Parent()] = true
	}
}

func (e *engine) exportFacts() {
	if e.SSA.Described {
		return
	}
	for _, fn := range e.SSA.Funcs {
		obj, ok := fn.Object().(*types.Func)
		if !ok || fn.Origin() != nil && fn.Origin() != fn {
			continue
		}
		a := e.known[fn]
		if len(a.retries) > 0 {
			e.pass.ExportObjectFact(obj, &retries{a.retries})
		}
		if a.contact.What != "" {
			e.pass.ExportObjectFact(obj, &contacts{a.contact.What})
		}
	}
}

func (e *engine) function(fn *ssa.Function) {
	e.startups(fn)
	e.dead(fn)
	e.storms(fn)
	e.matches(fn)
	e.singles(fn)
	e.onces(fn)
}

func (e *engine) report(f *Fault) { e.Faults = append(e.Faults, f) }

// aboutCallee returns what is known of the function that c calls, or nil.
func (e *engine) aboutCallee(c *ssa.CallCommon) *about {
	callee := c.StaticCallee()
	if callee == nil {
		return nil
	}
	if a := e.known[calls.Declared(callee)]; a != nil {
		return a
	}
	obj := calls.Func(c)
	if obj == nil || obj.Pkg() == nil || obj.Pkg() == e.pass.Pkg {
		return nil
	}
	if a := e.imported[obj]; a != nil {
		return a
	}
	a := new(about)
	e.imported[obj] = a
	var r retries
	var ct contacts
	if e.pass.ImportObjectFact(obj, &r) {
		a.retries = r.Params
	}
	if e.pass.ImportObjectFact(obj, &ct) {
		a.contact.What = ct.What
	}
	return a
}
