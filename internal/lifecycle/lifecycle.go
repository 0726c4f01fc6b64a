// Package lifecycle follows resources: on which paths does what a call acquired
// stay unreleased, and who owns it then? It reports nothing and knows no driver by
// name; the rules ask it.
//
// For each acquire call it walks the paths from there to the exits of the function
// (explorer), with a state per path: where the resource is, what is known of errors,
// booleans and variables. Function literals are executed in place; declared functions
// are summarized first, callees before callers, and their summaries are facts.
package lifecycle

import (
	"cmp"
	"fmt"
	"go/token"
	"go/types"
	"os"
	"reflect"
	"runtime/debug"
	"slices"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/ssa"

	"github.com/connlint/connlint/internal/catalog"
	"github.com/connlint/connlint/internal/ssafunc"
	"github.com/connlint/connlint/internal/testcode"
)

// Analyzer runs the engine over a package and summarizes its functions as facts.
var Analyzer = &analysis.Analyzer{
	Name:       "connlintlifecycle",
	Doc:        "follow database resources from acquire to release",
	Run:        run,
	Requires:   []*analysis.Analyzer{ssafunc.Analyzer},
	ResultType: reflect.TypeFor[*Result](),
	FactTypes:  []analysis.Fact{new(summary)},
}

func run(pass *analysis.Pass) (any, error) {
	res := pass.ResultOf[ssafunc.Analyzer].(*ssafunc.Result)
	e := newEngine(pass, res)
	if !res.Relevant {
		return e.result, nil
	}
	fns := bottomUp(res.Funcs)
	for _, fn := range fns {
		e.guard(fn, func() { e.summarize(fn) })
	}
	for _, fn := range fns {
		e.obligations(fn)
		e.commits(fn)
	}
	e.dropDoubles()
	e.exportFacts(fns)
	slices.SortStableFunc(e.result.Faults, func(a, b *Fault) int { return cmp.Compare(a.Pos, b.Pos) })
	slices.SortStableFunc(e.result.Resources, func(a, b *Resource) int { return cmp.Compare(a.Call.Pos(), b.Call.Pos()) })
	return e.result, nil
}

// guard keeps a fault of the engine in one function from spoiling the package.
func (e *engine) guard(fn *ssa.Function, f func()) {
	defer func() {
		if r := recover(); r != nil {
			e.result.Notes = append(e.result.Notes, fmt.Sprintf("%s: not analyzed: internal error: %v", fn, r))
			if os.Getenv("CONNLINT_DEBUG") != "" {
				fmt.Fprintf(os.Stderr, "%s: %v\n%s", fn, r, debug.Stack())
			}
		}
	}()
	f()
}

// obligations follows what fn and the literals in it acquire, inner literals first:
// a function may call its literal.
func (e *engine) obligations(fn *ssa.Function) {
	for _, lit := range fn.AnonFuncs {
		e.obligations(lit)
	}
	for _, b := range fn.Blocks {
		for _, instr := range b.Instrs {
			if call, ok := instr.(ssa.CallInstruction); ok {
				for _, ob := range e.acquires(fn, call) {
					e.guard(fn, func() { e.obligation(ob) })
				}
			}
		}
	}
}

// obligation follows one resource and files what is wrong with it.
func (e *engine) obligation(ob *obligation) {
	res := &Resource{Kind: ob.kind, Fn: ob.fn, Call: ob.site, Value: ob.root, Name: e.variable(ob)}
	lasting := e.lasting(ob)
	withTx := ob.kind == catalog.Stmt && ob.parentEnds && !heldInField(ob.parent) // ends with the transaction, soon
	if discarded(ob) {
		if !lasting && !withTx && !ob.presumed && e.everAcquired(ob) {
			e.file(ob, &Fault{Sort: Discarded, Exit: token.NoPos, inTx: e.livesInTx(ob)})
		}
		e.result.Resources = append(e.result.Resources, res)
		return
	}
	x := e.newExplorer(ob)
	exits := x.follow()
	// What was seen while it was held is true also where the walk was given up.
	res.During, res.Waits = ob.during, ob.waits
	e.result.Resources = append(e.result.Resources, res)
	if x.gaveUp {
		return
	}
	for _, ex := range exits {
		x.judge(ex)
	}
	x.followOut(exits)
	res.During, res.Waits = ob.during, ob.waits
	if withTx {
		x.faults = nil
	}
	if lasting || ob.kind == catalog.Pool && ob.escapes && !makesSomething(ob.fn) {
		// Opened by a command, and somebody else's on other paths: where this one fails, the process ends.
		x.faults = slices.DeleteFunc(x.faults, func(f *Fault) bool { return f.Sort == Leak || f.Sort == LoopHeld })
	}
	if b := ob.site.Block(); ob.root != nil && !e.everyRound(b) && reachesHeader(ob.root, b, map[ssa.Value]bool{}) {
		// Kept from round to round under conditions that are not followed, such as a count.
		x.faults = slices.DeleteFunc(x.faults, func(f *Fault) bool { return f.looped && (f.Sort == Leak || f.Sort == LoopHeld) })
	}
	e.fileFirst(ob, x.faults)
	if ob.onlyRead && len(x.faults) == 0 {
		e.file(ob, &Fault{Sort: OnlyRead})
	}
	if testcode.Has(ob.fn) {
		return // what comes back wrong, the test sees
	}
	if ob.kind == catalog.Rows && (ob.path == "" && e.isResource(ob.typ) || hasMethod(ob.typ, "Err")) && !e.tellsParent(ob) {
		e.readsError(ob)
	}
	if ob.fails && ob.nilOnErr && ob.path == "" && ob.wrapper == "" {
		e.usedUnchecked(ob)
	}
}

// lasting reports whether the resource may live until the process ends, as pools do in
// main and in tests, whose connections end with them.
func (e *engine) lasting(ob *obligation) bool {
	switch ob.kind {
	case catalog.Pool:
		return endsProcess(ob.fn) || endsWithMain(ob.fn) || testcode.Has(ob.fn)
	case catalog.Conn:
		return testcode.Has(ob.fn)
	}
	return false
}

// tellsParent reports whether what the rows come from hands their iteration error out
// itself, with its next result and when it is closed, as the results of a batch do.
func (e *engine) tellsParent(ob *obligation) bool {
	if ob.parent == nil {
		return false
	}
	kind, _ := e.cat.KindOf(ob.parent.Type())
	return kind == catalog.Batch
}

// makesSomething reports whether fn has a result other than an error, as constructors
// do.
func makesSomething(fn *ssa.Function) bool {
	n := fn.Signature.Results().Len()
	return n > 1 || n == 1 && !returnsError(fn)
}

// everAcquired reports whether the function goes on where the acquire has succeeded:
// a test that wants an error does not.
func (e *engine) everAcquired(ob *obligation) bool {
	if ob.err == nil || ob.err.Referrers() == nil {
		return true
	}
	neutral := *ob
	neutral.goal = readError // what releases does not matter here
	x := e.newExplorer(&neutral)
	exits := x.follow()
	return x.gaveUp || neutral.repeats || len(exits) > 0
}

// heldInField reports whether v was loaded from a field: it outlives the function by
// far, and so does what ends with it.
func heldInField(v ssa.Value) bool {
	load, ok := v.(*ssa.UnOp)
	if !ok {
		return false
	}
	_, ok = load.X.(*ssa.FieldAddr)
	return ok
}

// judge decides what an exit means for the resource.
func (x *explorer) judge(ex exit) {
	if ex.state.status != held {
		return
	}
	if ex.ret != nil {
		x.in = ex.ret.Block()
	}
	if eff, ok := x.handedOut(ex); ok {
		// Kept by somebody else on other paths, as by a cache: then it is not the caller's.
		if !x.ob.escapes && !x.ob.presumed && !handsOutKept(x.ob.fn, eff.Result) {
			x.an.addResult(x.ob.fn, eff)
		}
		x.ob.leaves = true
		return
	}
	for i, r := range ex.results {
		if x.carries(r, ex.state) {
			x.ob.leaves = true
			if x.failsAnyway(ex) && x.an.droppedWithError(x.ob, i) {
				x.report(Leak, ex.pos, ex.state)
				x.faults[len(x.faults)-1].withError = true
			}
			return // in something whose owner is unknown
		}
	}
	if endsProcess(x.ob.fn) {
		return
	}
	if x.handsOutLent(ex) {
		x.ob.leaves = true
		return // perhaps in what it returns
	}
	if x.capturedHolds(ex.state) {
		x.ob.leaves = true
		return
	}
	if isYield(x.ob.fn) && x.deferredRelease(ex.state) {
		// Deferred in the body of a range-over-func loop: for the function around it.
		if len(ex.results) == 1 && isSym(ex.results[0], trueSym) {
			x.report(LoopHeld, ex.pos, ex.state)
		}
		return
	}
	if ex.state.spawned.IsValid() {
		x.report(Leak, ex.state.spawned, ex.state)
		return
	}
	if x.inOthersTx() {
		x.report(TxHeld, ex.pos, ex.state)
		return
	}
	x.report(Leak, ex.pos, ex.state)
}

// inOthersTx reports whether the resource lives in a transaction that this function
// did not begin.
func (x *explorer) inOthersTx() bool {
	_, made := x.ob.parent.(*ssa.Extract)
	return !made && x.an.livesInTx(x.ob)
}

// livesInTx reports whether the resource is rows of a transaction.
func (e *engine) livesInTx(ob *obligation) bool {
	if ob.parent == nil || ob.kind != catalog.Rows && ob.kind != catalog.Row {
		return false
	}
	typ := ob.parent.Type()
	kind, ok := e.cat.KindOf(typ)
	return kind == catalog.Tx || !ok && types.IsInterface(typ) && hasMethod(typ, "Commit") && hasMethod(typ, "Rollback")
}

func (e *engine) addResult(fn *ssa.Function, eff ResultEffect) {
	sum := e.summaryOf(fn)
	for i, old := range sum.Results {
		if old.Result == eff.Result && old.Path == eff.Path && old.Kind == eff.Kind {
			if eff.OnErr != "" {
				sum.Results[i].OnErr = eff.OnErr
			}
			if !slices.Equal(old.With, eff.With) {
				sum.Results[i].With = nil
			}
			for _, j := range eff.Done {
				if !slices.Contains(old.Done, j) {
					sum.Results[i].Done = append(sum.Results[i].Done, j)
				}
			}
			return
		}
	}
	sum.Results = append(sum.Results, eff)
}

// readsError asks whether somebody looks at the iteration error.
func (e *engine) readsError(of *obligation) {
	ob := *of
	ob.goal, ob.during, ob.waits, ob.seen = readError, nil, nil, nil
	x := e.newExplorer(&ob)
	exits := x.follow()
	if x.gaveUp {
		return
	}
	for _, ex := range exits {
		if ex.state.iterFailed && x.returnsNilVariable(ex) {
			x.report(ErrLost, ex.pos, ex.state)
			continue
		}
		switch {
		case ex.state.status != ended:
		case ex.state.spawned.IsValid():
			x.report(ErrUnread, ex.state.spawned, ex.state) // whatever the function returns, the goroutine knows
		case !x.failsAnyway(ex):
			x.report(ErrUnread, ex.pos, ex.state)
		}
	}
	e.fileFirst(&ob, x.faults)
}

// returnsNilVariable reports whether the exit hands out, in a variable or through a
// wrapper, an error that is nil: somebody meant another one.
func (x *explorer) returnsNilVariable(ex exit) bool {
	n := len(ex.results)
	if n == 0 || !isError(x.ob.fn.Signature.Results().At(n-1).Type()) || ex.ret == nil {
		return false
	}
	if _, literal := writtenResult(ex.ret, n-1).(*ssa.Const); literal {
		return false // return nil: the error is dropped on purpose
	}
	return x.nilness(ex.results[n-1], ex.state) == yes
}

// writtenResult returns result i as the return statement has it: in a function with
// deferred calls it goes through a variable that those may change.
func writtenResult(ret *ssa.Return, i int) ssa.Value {
	load, ok := ret.Results[i].(*ssa.UnOp)
	if !ok || load.Op != token.MUL {
		return ret.Results[i]
	}
	for _, instr := range slices.Backward(ret.Block().Instrs) {
		if store, ok := instr.(*ssa.Store); ok && store.Addr == load.X {
			return store.Val
		}
	}
	return load
}

// hasMethod reports whether values of type t have the method.
func hasMethod(t types.Type, name string) bool {
	obj, _, _ := types.LookupFieldOrMethod(t, true, nil, name)
	_, ok := obj.(*types.Func)
	return ok
}

// failsAnyway reports whether the exit hands out an error: nobody takes the result
// for complete.
func (x *explorer) failsAnyway(ex exit) bool {
	n := len(ex.results)
	if n == 0 || !isError(x.ob.fn.Signature.Results().At(n-1).Type()) {
		return false
	}
	if sym, ok := ex.results[n-1].(*symbol); ok && len(x.an.cat.Lookup(sym.name, "norows")) > 0 {
		return false // "no rows" is taken for the truth
	}
	return x.nilness(ex.results[n-1], ex.state) == no
}

// usedUnchecked asks whether the resource is used where the acquire failed.
func (e *engine) usedUnchecked(of *obligation) {
	ob := *of
	ob.goal, ob.during, ob.waits, ob.seen = unchecked, nil, nil, nil
	x := e.newExplorer(&ob)
	x.follow()
	if !x.gaveUp {
		e.fileFirst(&ob, x.faults)
	}
}
