package pools

import (
	"go/token"
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/ssa"

	"github.com/connlint/connlint/internal/calls"
	"github.com/connlint/connlint/internal/catalog"
	"github.com/connlint/connlint/internal/roots"
	"github.com/connlint/connlint/internal/testcode"
)

// An Open is a call that opens a pool, or a connection outside any pool, each
// time a request is served.
type Open struct {
	Kind catalog.Kind // Pool or Conn
	// Method is the driver's function, such as "database/sql.Open", and Site
	// the place that calls it, such as "store.go:12".
	Method, Site string
	// Pos and End are the call that gets what is opened and does not hand it
	// on: the driver's function, or Callee.
	Pos, End token.Pos
	// Callee is the function that opens and hands out, or the function of
	// another package that opens; "" if Pos is the call of Method.
	Callee string
	// Opened is where Method is called if that is in this package and not at
	// Pos, else NoPos.
	Opened token.Pos
	// Root is what is served. Via is the position of the call in the root's
	// function that leads to the opening, NoPos if it is the call itself.
	Root *roots.Root
	Via  token.Pos
	// Overwrites is the package variable or the field that the result
	// replaces each time, or "".
	Overwrites string
}

// An opening is the effect of a function that opens something at every call.
type opening struct {
	kind   catalog.Kind
	method string
	site   string
	origin ssa.CallInstruction // the driver's function, or that of another package that opens
	at     ssa.CallInstruction // who gets what is opened and does not hand it on, so far
	callee string              // that is called there, if it is not the driver's function
	handed bool                // the function with the effect hands it on: to its caller, or in a field of what it was given
	closed bool                // who gets it closes it when it returns
	// needs are the parameters that say what to open, a bit each.
	needs uint64
	// into is where the function keeps it: a field of something older than
	// the call, or a package variable; the zero Ref if nowhere.
	into Ref
}

// An openFact is an opening in the names of the callers.
type openFact struct {
	Kind   catalog.Kind
	Method string
	Site   string
	Needs  uint64
	Into   Path
	Handed bool
	Closed bool
}

func (e *effects) addOpen(o opening) {
	for i, old := range e.opens {
		if old.origin == o.origin && old.at == o.at && old.method == o.method && old.into == o.into {
			e.opens[i].needs |= o.needs
			return
		}
	}
	if len(e.opens) < maxEffects {
		e.opens = append(e.opens, o)
	}
}

// opensOf returns what a call opens every time it is made.
func (r *Result) opensOf(call ssa.CallInstruction) []opening {
	name := r.SSA.NameOf(call.Common())
	if len(r.SSA.Catalog.Lookup(name, "once")) > 0 || !r.mayOpen(call, name) || r.remembers(call) {
		return nil
	}
	if o := r.directOpen(call, name); o != nil {
		return []opening{*o}
	}
	var out []opening
	kept, returned := r.keptIn(call)
	if kept == memory {
		return nil
	}
	for _, fn := range r.callees(call) {
		if e := r.effects[fn]; e != nil {
			for _, o := range e.opens {
				o.needs = r.needs(call, fn, o.needs)
				if o.handed {
					o.into = r.rebase(r.lower(call, fn, o.into), kept)
					o.at, o.callee = call, name
					o.handed = returned || isParameter(o.into)
					r.close(call, &o)
				}
				out = append(out, o)
			}
		}
	}
	if s := r.factOf(call.Common()); s != nil {
		for _, f := range s.Opens {
			o := opening{kind: f.Kind, method: f.Method, site: f.Site, origin: call, at: call, callee: name, needs: r.needs(call, nil, f.Needs), closed: f.Closed}
			if f.Handed {
				o.into = r.rebase(r.lowerPath(call, f.Into), kept)
				o.handed = returned || isParameter(o.into)
				r.close(call, &o)
			}
			out = append(out, o)
		}
	}
	return out
}

// mayOpen reports whether a call opens anything, remembered or not: the cheap
// question.
func (r *Result) mayOpen(call ssa.CallInstruction, name string) bool {
	if len(r.SSA.Catalog.Lookup(name, "open")) > 0 {
		return true
	}
	for _, fn := range r.callees(call) {
		if e := r.effects[fn]; e != nil && len(e.opens) > 0 {
			return true
		}
	}
	s := r.factOf(call.Common())
	return s != nil && len(s.Opens) > 0
}

// directOpen returns what a call of a driver's function opens, or nil.
func (r *Result) directOpen(call ssa.CallInstruction, name string) *opening {
	facts := r.SSA.Catalog.Lookup(name, "open")
	if len(facts) == 0 {
		return nil
	}
	f := facts[0]
	kept, returned := r.keptIn(call)
	if kept == memory {
		return nil
	}
	o := &opening{kind: f.Kind, method: f.Name, site: r.site(call), origin: call, at: call, into: kept, handed: returned || isParameter(kept)}
	o.needs = r.neededAt(call, f)
	r.close(call, o)
	return o
}

// neededAt returns the parameters of the function around call, of a driver's function,
// that say what is opened.
func (r *Result) neededAt(call ssa.CallInstruction, f *catalog.Fact) uint64 {
	var mask uint64
	for _, attr := range []string{"driver", "dsn", "config"} {
		if n, ok := f.Attr[attr]; ok {
			mask |= r.dependsOn(call.Parent(), argument(call, n))
		}
	}
	return mask
}

// close notes that the function around call closes what is opened when it returns: then
// it does not hand it on, wherever it keeps it.
func (r *Result) close(call ssa.CallInstruction, o *opening) {
	if v, ok := call.(*ssa.Call); ok && r.closedOnReturn(v) {
		o.closed, o.handed, o.into = true, false, Ref{}
	}
}

// needs translates the parameters of a callee to those of the caller.
func (r *Result) needs(call ssa.CallInstruction, callee *ssa.Function, mask uint64) uint64 {
	if callee != nil && !isCalled(call, callee) {
		return 0
	}
	var out uint64
	for i := 0; mask != 0; i, mask = i+1, mask>>1 {
		if mask&1 != 0 {
			out |= r.dependsOn(call.Parent(), Argument(call, i))
		}
	}
	return out
}

// rebase drops a place that is as young as the call itself: a struct that the
// caller has just made. What the caller does with the result counts then.
func (r *Result) rebase(into, kept Ref) Ref {
	switch into.Root.(type) {
	case *ssa.Parameter, *ssa.Global, *ssa.FreeVar:
		return into
	}
	return kept
}

func isParameter(ref Ref) bool {
	_, ok := ref.Root.(*ssa.Parameter)
	return ok
}

// closes reports whether fn, or what it calls, closes the pool that fn calls ref.
func (r *Result) closes(fn *ssa.Function, ref Ref) bool {
	e := r.effects[fn]
	return e != nil && slices.Contains(e.closes, ref)
}

func (r *Result) liftOpen(fn *ssa.Function, o opening) openFact {
	return openFact{Kind: o.kind, Method: o.method, Site: o.site, Needs: o.needs, Into: r.lift(fn, o.into), Handed: o.handed, Closed: o.closed}
}

// findOpens collects what the roots open.
func (r *Result) findOpens() {
	seen := map[ssa.CallInstruction]bool{}
	for _, root := range r.Roots.Roots {
		for _, call := range r.calls[root.Fn] {
			if root.Blocks != nil && !root.Blocks[call.Block()] {
				continue
			}
			for _, o := range r.opensOf(call) {
				r.perRequest[o.origin] = r.perRequest[o.origin] || root.Blocks == nil
				start, isGo := call.(*ssa.Go)
				parallel := isGo && !roots.Awaited(start)
				if !seen[o.at] && r.everyTime(root, o, parallel) {
					seen[o.at] = true
					r.Opens = append(r.Opens, r.newOpen(root, call, o))
				}
			}
		}
	}
	sortBy(r.Opens, func(o *Open) token.Pos { return o.Pos })
}

// everyTime reports whether an opening that a root reaches is one a request. A
// target that the request itself names, as for a tool that tests connections, has to
// be opened; then it is one only if nothing closes it. A loop that never ends may reconnect,
// and open a pool for a turn: the turns come one after another, unless they are parallel.
func (r *Result) everyTime(root *roots.Root, o opening, parallel bool) bool {
	if testcode.Has(o.origin.Parent()) {
		return false
	}
	if p, ok := o.into.Root.(*ssa.Parameter); ok && (len(root.Fn.Params) == 0 || p != root.Fn.Params[0] || root.Fn.Signature.Recv() == nil) {
		return false // how long that lives, who knows
	}
	if _, ok := o.into.Root.(*ssa.FreeVar); ok || o.into.Root != nil && r.closes(root.Fn, o.into) {
		return false
	}
	if installs(root.Fn) || installs(o.at.Parent()) {
		return false
	}
	closed := o.closed || r.closesIn(o.at.Parent()) && r.closable(o.at)
	if root.Word == "scrape" && closed {
		return false // an exporter may connect for as long as it looks
	}
	if root.Blocks != nil {
		return o.kind == catalog.Pool && o.into.Root == nil && (!closed || parallel)
	}
	for i, p := range root.Fn.Params {
		if i < 64 && o.needs&(1<<i) != 0 && r.saysWhat(root, i, p) {
			return !closed && o.into.Root == nil && !o.handed
		}
	}
	return true
}

// installs reports whether fn belongs to the form in which a database is set up,
// by its name or that of its package: it is sent in once.
func installs(fn *ssa.Function) bool {
	name := strings.ToLower(fn.Name())
	return strings.Contains(name, "install") || fn.Pkg != nil && strings.Contains(fn.Pkg.Pkg.Name(), "install")
}

// endsIt reports whether a function's name says that it ends what it is given.
func endsIt(fn *types.Func) bool {
	return fn != nil && (fn.Name() == "Close" || fn.Name() == "Shutdown" || fn.Name() == "Stop")
}

// closable reports whether what a call returns can be closed: a struct around a
// pool without such a method cannot.
func (r *Result) closable(call ssa.CallInstruction) bool {
	v, ok := call.(*ssa.Call)
	if !ok {
		return true
	}
	t := v.Type()
	if tuple, ok := t.(*types.Tuple); ok {
		if tuple.Len() == 0 {
			return true
		}
		t = tuple.At(0).Type()
	}
	if _, known := r.SSA.Catalog.KindOf(t); known || structOf(t) == nil {
		return true
	}
	ms := types.NewMethodSet(t)
	for i := range ms.Len() {
		name := strings.ToLower(ms.At(i).Obj().Name())
		for _, s := range []string{"close", "shutdown", "stop", "release", "disconnect", "db", "pool", "conn"} {
			if strings.HasPrefix(name, s) {
				return true
			}
		}
	}
	return false
}

// closesIn reports whether a function closes something that may be what it opened.
func (r *Result) closesIn(fn *ssa.Function) bool {
	if e := r.effects[fn]; e != nil && len(e.closes) > 0 {
		return true
	}
	for _, b := range fn.Blocks {
		for _, instr := range b.Instrs {
			if call, ok := instr.(ssa.CallInstruction); ok && endsIt(calls.Func(call.Common())) {
				return true
			}
		}
	}
	for _, lit := range fn.AnonFuncs {
		if r.closesIn(lit) {
			return true
		}
	}
	return false
}

// saysWhat reports whether a parameter of a root is part of what is asked for.
func (r *Result) saysWhat(root *roots.Root, i int, p *ssa.Parameter) bool {
	if i == 0 && root.Fn.Signature.Recv() != nil {
		return false
	}
	if isContext(p.Type()) {
		return false
	}
	if root.Word == "request" && r.takesRequest(root.Fn) {
		return r.Roots.IsRequest(p.Type())
	}
	return true
}

func (r *Result) takesRequest(fn *ssa.Function) bool {
	for _, p := range fn.Params {
		if r.Roots.IsRequest(p.Type()) {
			return true
		}
	}
	return false
}

func (r *Result) newOpen(root *roots.Root, call ssa.CallInstruction, o opening) *Open {
	open := &Open{Kind: o.kind, Method: o.method, Site: o.site, Callee: o.callee, Root: root}
	open.Pos, open.End = r.extent(o.at)
	if call != o.at {
		open.Via = call.Pos()
	}
	if o.at != o.origin {
		open.Opened = o.origin.Pos()
	}
	if o.into.Root != nil {
		open.Overwrites = o.into.Root.Name() + o.into.Fields
	}
	return open
}

// dependsOn returns the parameters of fn that a value is computed from, a bit
// each. Contexts do not count: they say when, not what.
func (r *Result) dependsOn(fn *ssa.Function, v ssa.Value) uint64 {
	if v == nil {
		return 0
	}
	var mask uint64
	seen := map[ssa.Value]bool{}
	work := []ssa.Value{v}
	push := func(vs ...ssa.Value) {
		for _, v := range vs {
			if v != nil && !seen[v] && !isContext(v.Type()) && len(seen) < 500 {
				seen[v] = true
				work = append(work, v)
			}
		}
	}
	for len(work) > 0 {
		v := work[len(work)-1]
		work = work[:len(work)-1]
		switch v := v.(type) {
		case *ssa.Parameter:
			if i := paramNumber(fn, v); i >= 0 && i < 64 {
				mask |= 1 << i
			}
		case *ssa.Alloc:
			push(filledWith(v)...)
		case *ssa.FieldAddr:
			push(v.X)
			push(storedInField(v)...)
		case ssa.Instruction:
			for _, op := range v.Operands(nil) {
				if *op != nil {
					push(*op)
				}
			}
		}
	}
	return mask
}

// storedInField returns what the function stores in a field of the same value.
func storedInField(addr *ssa.FieldAddr) []ssa.Value {
	var out []ssa.Value
	refs := addr.X.Referrers()
	if refs == nil {
		return nil
	}
	for _, use := range *refs {
		if same, ok := use.(*ssa.FieldAddr); ok && same.Field == addr.Field {
			for _, st := range *same.Referrers() {
				if st, ok := st.(*ssa.Store); ok && st.Addr == same {
					out = append(out, st.Val)
				}
			}
		}
	}
	return out
}

// filledWith returns what is put into a variable: what is stored to it or to
// parts of it, and what is in the calls that get its address.
func filledWith(v ssa.Value) []ssa.Value {
	var out []ssa.Value
	refs := v.Referrers()
	if refs == nil {
		return nil
	}
	for _, use := range *refs {
		switch use := use.(type) {
		case *ssa.Store:
			if use.Addr == v {
				out = append(out, use.Val)
			}
		case *ssa.FieldAddr:
			out = append(out, filledWith(use)...)
		case *ssa.IndexAddr:
			out = append(out, filledWith(use)...)
		case *ssa.MakeInterface:
			out = append(out, filledWith(use)...)
		case ssa.CallInstruction:
			if use.Common().IsInvoke() {
				out = append(out, use.Common().Value)
			}
			out = append(out, use.Common().Args...)
		}
	}
	return out
}

// extent returns the source range of a call, or its position alone.
func (r *Result) extent(call ssa.CallInstruction) (pos, end token.Pos) {
	if e := r.callExpr(call); e != nil {
		return e.Pos(), e.End()
	}
	return call.Pos(), token.NoPos
}

// holdsPool reports whether a result of type t can be what was opened.
func (r *Result) holdsPool(t types.Type) bool {
	kind, ok := r.SSA.Catalog.KindOf(t)
	return ok && (kind == catalog.Pool || kind == catalog.Conn) || structOf(t) != nil ||
		types.IsInterface(t) && !isBasic(t)
}
