package lifecycle

import (
	"fmt"
	"go/token"
	"go/types"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/tools/go/ssa"

	"github.com/connlint/connlint/internal/catalog"
	"github.com/connlint/connlint/internal/testcode"
)

// summarize finds out what fn does to what it is given. Summaries of its callees
// come first.
func (e *engine) summarize(fn *ssa.Function) {
	sum := e.summaryOf(fn)
	sum.NoReturn = e.neverReturns(fn)
	sum.Calls = calledParams(fn)
	if sum.NoReturn || !e.worthIt(fn) {
		return
	}
	e.summarizeErrors(fn, sum)
	for i, p := range fn.Params {
		for _, c := range e.candidates(p) {
			e.summarizeParam(fn, sum, i, c)
		}
	}
}

// worthIt bounds what is summarized: generated giants are not.
func (e *engine) worthIt(fn *ssa.Function) bool { return len(fn.Blocks) <= 2000 }

// neverReturns reports whether no return of fn can be reached, because every path
// ends in a call that does not return.
func (e *engine) neverReturns(fn *ssa.Function) bool {
	ends := false
	seen := map[*ssa.BasicBlock]bool{fn.Blocks[0]: true}
	work := []*ssa.BasicBlock{fn.Blocks[0]}
	for len(work) > 0 {
		b := work[len(work)-1]
		work = work[:len(work)-1]
		cut := false
		for _, instr := range b.Instrs {
			switch t := instr.(type) {
			case *ssa.Return:
				return false
			case *ssa.Panic:
				cut, ends = true, true
			case *ssa.Defer:
				return false // it may recover
			case *ssa.Call:
				if c := e.calleeOf(t.Common()); c != nil && c.noReturn() {
					cut, ends = true, true
				}
			}
			if cut {
				break
			}
		}
		if cut {
			continue
		}
		for _, s := range b.Succs {
			if !seen[s] {
				seen[s] = true
				work = append(work, s)
			}
		}
	}
	return ends
}

// calledParams returns the function parameters that fn calls itself.
func calledParams(fn *ssa.Function) []int {
	var out []int
	for i, p := range fn.Params {
		if _, ok := p.Type().Underlying().(*types.Signature); ok && called(p) {
			out = append(out, i)
		}
	}
	return out
}

func called(v ssa.Value) bool {
	if v.Referrers() == nil {
		return false
	}
	for _, ref := range *v.Referrers() {
		switch t := ref.(type) {
		case *ssa.Call:
			if t.Call.Value == v {
				return true
			}
		case *ssa.Store: // a parameter that is captured lives in a cell
			if t.Val == v && t.Addr.Referrers() != nil {
				for _, r := range *t.Addr.Referrers() {
					if load, ok := r.(*ssa.UnOp); ok && called(load) {
						return true
					}
				}
			}
		}
	}
	return false
}

// summarizeErrors finds results that are never nil or nil with a parameter, and
// parameters that keep fn from returning.
func (e *engine) summarizeErrors(fn *ssa.Function, sum *summary) {
	if len(fn.Blocks) > 40 {
		return
	}
	results := fn.Signature.Results()
	last := results.Len() - 1
	returnsError := last >= 0 && isError(results.At(last).Type())
	if returnsError && last == 0 {
		if exits, ok := e.pretend(fn, -1, unknown); ok && allNil(exits, last, no) {
			sum.NonNil = append(sum.NonNil, last)
			return
		}
	}
	for i, p := range fn.Params {
		if !isError(p.Type()) {
			continue
		}
		failing, ok := e.pretend(fn, i, no)
		if !ok {
			continue
		}
		if results.Len() == 1 && isBoolType(results.At(0).Type()) {
			if fine, ok := e.pretend(fn, i, yes); ok {
				switch {
				case allNil(fine, 0, no):
					sum.Tests = append(sum.Tests, Test{i, false, !allNil(failing, 0, yes)})
				case allNil(fine, 0, yes):
					sum.Tests = append(sum.Tests, Test{i, true, !allNil(failing, 0, no)})
				}
			}
			continue
		}
		if len(failing) == 0 {
			sum.NoReturnIf = append(sum.NoReturnIf, i)
			continue
		}
		if returnsError || last == 0 && nillable(results.At(0).Type()) {
			if fine, ok := e.pretend(fn, i, yes); ok && allNil(fine, last, yes) {
				sum.Same = append(sum.Same, Same{last, i, !allNil(failing, last, no)})
			}
		}
	}
}

// pretend explores fn without a resource, with what is assumed of parameter i, and
// returns what is known of its results at each exit.
func (e *engine) pretend(fn *ssa.Function, i int, t truth) ([][]truth, bool) {
	x := e.newExplorer(&obligation{fn: fn, res: &symbol{name: "nothing", sort: unknownSym}})
	s := &state{}
	if i >= 0 {
		s.setFact(fn.Params[i], t)
	}
	var out [][]truth
	for _, ex := range x.run(&frame{fn: fn}, point{fn.Blocks[0], 0, s}) {
		row := make([]truth, len(ex.results))
		for j, r := range ex.results {
			if isBoolType(fn.Signature.Results().At(j).Type()) {
				row[j] = x.decide(r, ex.state)
			} else {
				row[j] = x.nilness(r, ex.state)
			}
		}
		out = append(out, row)
	}
	return out, !x.gaveUp
}

func allNil(exits [][]truth, result int, t truth) bool {
	for _, row := range exits {
		if result >= len(row) || row[result] != t {
			return false
		}
	}
	return len(exits) > 0
}

// summarizeParam explores what becomes of a resource at a place in parameter i.
func (e *engine) summarizeParam(fn *ssa.Function, sum *summary, i int, c candidate) {
	for _, kind := range c.kinds {
		for _, g := range c.goals {
			if g != giveBack && kind != catalog.Rows && kind != "" {
				continue
			}
			outcomes := e.outcomesOf(fn, i, c, kind, g)
			if g == readError && c.path == "" {
				outcomes = e.readsUnchecked(fn, sum, i, outcomes)
			}
			if len(outcomes) > 0 {
				sum.Params = append(sum.Params, Param{Index: i, Path: c.path, Kind: kindOnWire(kind, c), Goal: g, Outcomes: outcomes})
			}
		}
	}
}

// readsUnchecked reports a function that reads the rows it is given to the end, gives
// them back, and does not look at their error although it returns one: the fault is
// here, once, and not with each of its callers.
func (e *engine) readsUnchecked(fn *ssa.Function, sum *summary, i int, outcomes []Outcome) []Outcome {
	if e.unread[fn] == token.NoPos || !returnsError(fn) || testcode.Has(fn) {
		return outcomes
	}
	closes := false
	for _, p := range sum.Params {
		if p.Index == i && p.Path == "" && p.Goal == giveBack {
			closes = !slices.ContainsFunc(p.Outcomes, func(o Outcome) bool { return o.Status != released || o.ByRead })
		}
	}
	if !closes {
		return outcomes
	}
	f := &Fault{Sort: ErrUnread, Kind: catalog.Rows, Name: fn.Params[i].Name(), Exit: e.unread[fn]}
	f.Pos = e.endOfRead[fn]
	f.Path = []Step{{Pos: f.Pos, Message: "the iteration ends here"}}
	if site := e.sitesOf().calls[f.Pos]; site != nil {
		f.Pos, f.End = site.call.Pos(), site.call.End()
	}
	f.Fixes = e.errFix(f)
	e.result.Faults = append(e.result.Faults, f)
	out := slices.Clone(outcomes)
	for j := range out {
		if out[j].Status == ended {
			out[j].Status = released
		}
	}
	return out
}

// kindOnWire leaves the kind out where the type of the parameter fixes it.
func kindOnWire(kind catalog.Kind, c candidate) catalog.Kind {
	if len(c.kinds) == 1 && kind != catalog.Row {
		return ""
	}
	return kind
}

func (e *engine) outcomesOf(fn *ssa.Function, i int, c candidate, kind catalog.Kind, g goal) []Outcome {
	p := fn.Params[i]
	start := held
	if g == readEnded {
		g, start = readError, ended
	}
	ob := &obligation{goal: g, kind: kind, typ: c.typ, fn: fn, root: p, path: c.path}
	ob.res = &symbol{name: "resource", sort: resourceSym, typ: c.typ}
	x := e.newExplorer(ob)
	s := &state{status: start}
	if c.path == "" {
		s.bind(p, ob.res)
	} else {
		s.setCell(p, c.path, ob.res)
	}
	exits := x.run(&frame{fn: fn}, point{fn.Blocks[0], 0, s})
	if x.gaveUp {
		return []Outcome{{Status: gone, To: -1}}
	}
	var out []Outcome
	for _, ex := range exits {
		o := x.outcomeAt(ex)
		if o.Status == held && x.saysEnded(ex) {
			o.Status = released
		}
		if o.Status == ended && start == held && !x.failsAnyway(ex) {
			if c.path == "" {
				e.unread[fn], e.endOfRead[fn] = ex.pos, ex.state.endPos
			} else if field := fieldAt(p.Type(), c.path); field != nil && ex.state.endPos.IsValid() && !testcode.Has(fn) {
				e.result.UnreadFields[field] = append(e.result.UnreadFields[field], ex.state.endPos)
			}
		}
		if !slices.Contains(out, o) {
			out = append(out, o)
		}
	}
	if c.path != "" && i == 0 && endsWhatItHolds(fn, out) {
		out = slices.DeleteFunc(out, func(o Outcome) bool { return o.Status == held && o.To < 0 })
	}
	return tidy(out, start)
}

// fieldAt returns the field of the struct that t is or points to which path names, if it
// is one of its own.
func fieldAt(t types.Type, path string) *types.Var {
	st, ok := deref(t).Underlying().(*types.Struct)
	i, err := strconv.Atoi(strings.TrimPrefix(path, "."))
	if !ok || err != nil || i >= st.NumFields() {
		return nil
	}
	return st.Field(i).Origin()
}

// saysEnded reports whether the exit hands out the error that says that the resource has
// been given back already.
func (x *explorer) saysEnded(ex exit) bool {
	n := len(ex.results)
	if n == 0 {
		return false
	}
	sym, ok := ex.results[n-1].(*symbol)
	return ok && sym.sort == sentinelSym && len(x.an.cat.Lookup(sym.name, "ended")) > 0
}

// endsWhatItHolds reports whether fn is a method that gives back what its receiver holds,
// as its name says, whatever else it looks at: a flag that keeps it from doing so tells
// that it has been done. A commit may fail before it.
func endsWhatItHolds(fn *ssa.Function, outcomes []Outcome) bool {
	return fn.Signature.Recv() != nil && saysItEnds(fn.Name()) && !strings.Contains(fn.Name(), "Commit") &&
		slices.ContainsFunc(outcomes, func(o Outcome) bool { return o.Status == released && !o.ByRead })
}

// outcomeAt describes an exit to the caller.
func (x *explorer) outcomeAt(ex exit) Outcome {
	o := Outcome{Status: ex.state.status, Commit: ex.state.commits, ByRead: ex.state.byRead, To: -1}
	n := 0
	for i, p := range x.ob.fn.Params {
		if t := ex.state.factOf(p); t != unknown && n < len(o.When) {
			o.When[n] = When{i, t}
			n++
		}
	}
	sig := x.ob.fn.Signature.Results()
	if n := sig.Len(); n > 0 && len(ex.results) == n {
		if isError(sig.At(n - 1).Type()) {
			o.Err = x.nilness(ex.results[n-1], ex.state)
		}
		if isBoolType(sig.At(0).Type()) {
			o.Bool = x.decide(ex.results[0], ex.state)
		}
	}
	switch o.Status {
	case held:
		for i, r := range ex.results {
			if path, ok := x.carriedAt(r, ex.state); ok {
				o.To, o.Path = i, path
				break
			}
		}
	case stored:
		o.To, o.Path = ex.state.storedParam, ex.state.storedPath
		if x.ob.path != "" && x.ob.root == x.ob.fn.Params[o.To] && o.Path == x.ob.path {
			o.Status, o.To, o.Path = held, -1, "" // put back where it was
		}
	}
	return o
}

// tidy sorts outcomes and drops what says nothing. Where success may or may not
// release, nothing is known.
func tidy(out []Outcome, start status) []Outcome {
	keeps, other := false, false
	for _, o := range out {
		if o.Status == start && o.To < 0 {
			keeps = keeps || o.Err != no
		} else {
			other = true
		}
	}
	if !other {
		return nil
	}
	if slices.ContainsFunc(out, func(o Outcome) bool { return o.Status == gone && o.Err != yes }) {
		// Whoever was given it may have failed, too: where there is an error, nothing is known.
		out = slices.DeleteFunc(out, func(o Outcome) bool { return o.Status == start && o.To < 0 && o.Err == no })
	}
	if keeps {
		for _, h := range out {
			if h.Status != start || h.To >= 0 || h.Err == no {
				continue
			}
			for _, o := range out {
				if (o.Status != start || o.To >= 0) && !o.ByRead && compatible(o, h) {
					return []Outcome{{Status: gone, To: -1}}
				}
			}
		}
	}
	if len(out) > 8 {
		return []Outcome{{Status: gone, To: -1}}
	}
	slices.SortFunc(out, func(a, b Outcome) int {
		return strings.Compare(a.key(), b.key())
	})
	return out
}

func (o Outcome) key() string {
	return itoa(int(o.Status)) + "," + itoa(int(o.Err)) + "," + itoa(int(o.Bool)) + "," + itoa(o.To) + "," + o.Path +
		fmt.Sprint(o.Commit, o.ByRead, o.When)
}

// compatible reports whether a caller cannot tell the outcomes apart.
func compatible(a, b Outcome) bool {
	for _, v := range a.When {
		for _, w := range b.When {
			if v.Truth != unknown && v.Param == w.Param && v.Truth == w.Truth.not() {
				return false
			}
		}
	}
	return (a.Err == b.Err || a.Err == unknown || b.Err == unknown) &&
		(a.Bool == b.Bool || a.Bool == unknown || b.Bool == unknown)
}
