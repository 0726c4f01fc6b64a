package pools

import (
	"go/ast"
	"go/token"
	"slices"
	"strings"

	"golang.org/x/tools/go/ssa"

	"github.com/connlint/connlint/internal/calls"
	"github.com/connlint/connlint/internal/roots"
	"github.com/connlint/connlint/internal/testcode"
)

// A Wait is a call, on the way from a request root, that can wait for a connection
// of a pool with nothing to end the wait.
type Wait struct {
	// Pos and End are the call that makes the wait endless: the driver's
	// method without a context, or the call that is given an endless one.
	Pos, End token.Pos
	// Method is the driver's method that waits, such as
	// "(*database/sql.DB).Query", and Site the place that calls it.
	Method, Site string
	// Callee is the function called at Pos if it is not Method, or "".
	Callee string
	// Class is CtxNone, CtxEndless, or CtxRequest.
	Class CtxClass
	// With is the method of the same pool that takes a context, or "".
	With string
	// Root is what is served; nil if no root of this package reaches the call,
	// and the function has a context that it does not hand on.
	Root *roots.Root
	// More are further calls that wait likewise, of functions of the same package
	// as Callee, or all those of this package: a package that takes no contexts, or
	// gives none, is one fault.
	More []Elsewhere
	// Nowhere is that More are calls of this package, which gives the database
	// hardly ever a context.
	Nowhere bool

	expr *ast.CallExpr
	same []*Wait // the waits behind More, if Nowhere
}

// An Elsewhere is a further call that is part of a fault.
type Elsewhere struct {
	Pos    token.Pos
	Callee string // or the driver's method
}

// findWaits collects the waits that this package makes endless. Those that
// functions of another package make so stand at the first call of that package.
func (r *Result) findWaits() {
	seen := map[string]*wait{}
	for _, fn := range r.SSA.Funcs {
		if testcode.Has(fn) || Migrates(fn) {
			continue
		}
		for _, call := range r.calls[fn] {
			reach := r.Roots.Reached(call)
			if reach == nil && !r.ignoresContext(call) || reach != nil && goesOn(reach, call) {
				continue
			}
			if w := r.waitAt(call); w != nil {
				if w.made == madeThere {
					key := w.Site + w.Method
					if w.Class == CtxNone {
						key = calls.Func(call.Common()).Pkg().Path()
					}
					if first := seen[key]; first != nil {
						first.also(w)
						continue
					}
					seen[key] = w
				}
				if reach != nil {
					w.Root = reach.Root
				}
				r.Waits = append(r.Waits, &w.Wait)
			}
		}
	}
	sortBy(r.Waits, func(w *Wait) token.Pos { return w.Pos })
	r.Waits = r.mergeWaits(r.Waits)
}

// goesOn reports whether the request does not wait for the call: a goroutine makes it.
// Of a loop that starts one every turn, they are what serves.
func goesOn(reach *roots.Reach, call ssa.CallInstruction) bool {
	if reach.Root.Word == roots.Loop {
		return false
	}
	start, isGo := call.(*ssa.Go)
	return isGo && !roots.Awaited(start) || reach.Detached()
}

// mergeWaits makes one of the waits without a context where that is how the package
// does it: one decision, to be changed in one go.
func (r *Result) mergeWaits(all []*Wait) []*Wait {
	with, without := r.countContexts()
	if with*10 > without {
		return all
	}
	var first *Wait
	var kept []*Wait
	for _, w := range all {
		switch {
		case w.Class != CtxNone || w.Root == nil || w.With == "":
			kept = append(kept, w)
		case first == nil:
			first = w
			kept = append(kept, w)
		default:
			first.Nowhere = true
			first.More = append(first.More, Elsewhere{w.Pos, w.Method})
			first.same = append(first.same, w)
		}
	}
	return kept
}

// countContexts counts the calls of the package that take a connection, tests apart, by
// whether they are given a context.
func (r *Result) countContexts() (with, without int) {
	for _, fn := range r.SSA.Funcs {
		if testcode.Has(fn) {
			continue
		}
		for _, call := range r.calls[fn] {
			switch a := r.directAcquire(call); {
			case a == nil || a.Stmt:
			case a.Ctx.Class == CtxNone:
				without++
			default:
				with++
			}
		}
	}
	return with, without
}

// ignoresContext reports whether a call is of a driver's method that takes no
// context, in a function that was given one: it is there to be handed on, whoever
// calls. What prepares a database, or a program, may take its time.
func (r *Result) ignoresContext(call ssa.CallInstruction) bool {
	fn := call.Parent()
	for fn.Parent() != nil {
		fn = fn.Parent()
	}
	if isMain(fn) || prepares(fn.Name()) || strings.Contains(r.pass.Pkg.Name(), "migrat") || !slices.ContainsFunc(fn.Params, func(p *ssa.Parameter) bool { return isContext(p.Type()) && p.Name() != "_" && p.Name() != "" }) {
		return false
	}
	a := r.directAcquire(call)
	return a != nil && !a.Stmt && a.Ctx.Class == CtxNone && !strings.HasSuffix(a.Method, ".Ping")
}

// prepares reports whether a name is that of start-up or of a migration.
func prepares(name string) bool {
	name = strings.ToLower(name)
	for _, s := range []string{"migrat", "setup", "init", "open", "connect", "new", "bootstrap", "seed", "upgrade", "schema", "start"} {
		if strings.HasPrefix(name, s) {
			return true
		}
	}
	return strings.Contains(name, "migrat") || strings.Contains(name, "schema")
}

// Where a wait was made endless.
const (
	madeHere  = iota // by the context given to this call
	madeThere        // in a function of another package
)

type wait struct {
	Wait
	made int
}

// also adds a further call to the first of its kind, once for each callee.
func (w *wait) also(o *wait) {
	same := func(e Elsewhere) bool { return e.Callee == o.Callee }
	if o.Callee != w.Callee && !slices.ContainsFunc(w.More, same) {
		w.More = append(w.More, Elsewhere{o.Pos, o.Callee})
	}
}

// waitAt returns the wait that a call makes endless, or nil.
func (r *Result) waitAt(call ssa.CallInstruction) *wait {
	if a := r.directAcquire(call); a != nil {
		if a.Stmt || a.Free || !waits(a.Ctx) || a.Abstract && !r.isPoolRef(a.Ref) || r.uncontended(call.Parent(), a.Ref) {
			return nil
		}
		w := &wait{Wait: Wait{Method: a.Method, Site: a.Site, Class: a.Ctx.Class}}
		w.Pos, w.End = r.extent(call)
		w.expr = r.callExpr(call)
		for _, f := range r.SSA.Catalog.Lookup(a.Method, "wait") {
			if !a.Abstract {
				w.With = f.Attr["with"]
			}
		}
		return w
	}
	if w := r.waitInCallee(call); w != nil {
		return w
	}
	s := r.factOf(call.Common())
	if s == nil {
		return nil
	}
	for _, f := range s.Acquires {
		a := r.importAcquire(call, f, false)
		if a.Stmt || !waits(a.Ctx) || a.Abstract && !r.isPoolRef(a.Ref) || f.Free || r.uncontended(call.Parent(), a.Ref) {
			continue
		}
		if f.Class != CtxParam && !sameModule(calls.Func(call.Common()).Pkg().Path(), r.pass.Pkg.Path()) {
			continue // nobody here can change that
		}
		w := &wait{Wait: Wait{Method: a.Method, Site: a.Site, Class: a.Ctx.Class, Callee: r.SSA.NameOf(call.Common())}}
		if f.Class != CtxParam {
			w.made = madeThere
		}
		w.Pos, w.End = r.extent(call)
		return w
	}
	return nil
}

// waitInCallee returns the wait of a function of this package that a call makes
// endless by the context it gives it.
func (r *Result) waitInCallee(call ssa.CallInstruction) *wait {
	for _, fn := range r.callees(call) {
		e := r.effects[fn]
		if e == nil {
			continue
		}
		for _, a := range e.acquires {
			if a.Stmt || a.Free || a.Ctx.Class != CtxParam || encloses(a.Ctx.Param.Parent(), fn) {
				continue
			}
			ctx := r.lowerCtx(call, fn, a.Ctx)
			ref := r.lower(call, fn, a.Ref)
			if !waits(ctx) || a.Abstract && !r.isPoolRef(ref) || r.uncontended(call.Parent(), ref) {
				continue
			}
			w := &wait{Wait: Wait{Method: a.Method, Site: a.Site, Class: ctx.Class, Callee: r.SSA.NameOf(call.Common())}}
			w.Pos, w.End = r.extent(call)
			return w
		}
	}
	return nil
}

// uncontended reports whether fn need not wait for a connection of the pool that it calls
// ref.
func (r *Result) uncontended(fn *ssa.Function, ref Ref) bool {
	return r.private(ref) || r.justOpened(fn, ref) || r.keptHere(fn, ref) || r.free(fn, ref) || r.onlyHanded(fn, ref, 6)
}

// keptHere reports whether ref is a field in which fn keeps a pool that it opens.
func (r *Result) keptHere(fn *ssa.Function, ref Ref) bool {
	field := r.lastField(ref)
	return field != "" && !r.runsLong(fn) && slices.ContainsFunc(r.Pools, func(p *Pool) bool {
		return p.Fn == fn && p.Callee == "" && slices.Contains(p.flow.fields, field)
	})
}

// onlyHanded reports whether the pool is a parameter of fn, and all callers, which are of
// this package, hand it pools that they need not wait for.
func (r *Result) onlyHanded(fn *ssa.Function, ref Ref, depth int) bool {
	p, ok := ref.Root.(*ssa.Parameter)
	if !ok || p.Parent() != fn || depth == 0 || token.IsExported(fn.Name()) {
		return false
	}
	callers := 0
	for _, call := range r.callers[fn] {
		caller := call.Parent()
		if testcode.Has(caller) {
			continue
		}
		callers++
		handed := r.lower(call, fn, ref)
		if !r.private(handed) && !r.justOpened(caller, handed) && !r.keptHere(caller, handed) && !r.free(caller, handed) && !r.onlyHanded(caller, handed, depth-1) {
			return false
		}
	}
	return callers > 0
}

// free reports whether a connection of the pool that fn calls ref is there at once:
// nothing limits the pool, of no server for all that is known, or each request has its own.
func (r *Result) free(fn *ssa.Function, ref Ref) bool {
	found := false
	for _, p := range r.Pools {
		if p.Fate == Tests || !slices.Contains(p.flow.views, view{fn, ref}) && !slices.Contains(p.flow.fields, r.lastField(ref)) {
			continue
		}
		_, limited := p.Limits[MaxOpen]
		served := p.Engine == Network || p.Engine == EngineUnknown && p.Callee != "" // by a server, perhaps
		if p.Fate != PerRequest && (limited || served) {
			return false
		}
		found = true
	}
	return found
}

// sameModule reports whether two packages belong to one module, to tell by their paths:
// hosts of code have an owner and a repository, other domains are the owner's.
func sameModule(a, b string) bool {
	x, y := strings.Split(a, "/"), strings.Split(b, "/")
	n := 2
	switch x[0] {
	case "github.com", "gitlab.com", "bitbucket.org", "codeberg.org":
		n = 3
	}
	if !strings.Contains(x[0], ".") {
		n = 1
	}
	return slices.Equal(x[:min(n, len(x))], y[:min(n, len(y))])
}

// waits reports whether a rule may want to know: nothing ends the wait, or only
// the client's patience.
func waits(c Ctx) bool { return c.Endless() || c.Class == CtxRequest }
