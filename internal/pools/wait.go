package pools

import (
	"go/ast"
	"go/token"
	"slices"
	"strings"

	"golang.org/x/tools/go/ssa"

	"github.com/connlint/connlint/internal/calls"
	"github.com/connlint/connlint/internal/roots"
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
	// More are the functions of the same package as Callee, called here as
	// well, that wait likewise: a package that takes no contexts is one fault.
	More []Elsewhere

	expr *ast.CallExpr
}

// An Elsewhere is a further call that is part of a fault.
type Elsewhere struct {
	Pos    token.Pos
	Callee string
}

// findWaits collects the waits that this package makes endless. Those that
// functions of another package make so stand at the first call of that package.
func (r *Result) findWaits() {
	seen := map[string]*wait{}
	for _, fn := range r.SSA.Funcs {
		if roots.InTest(fn) {
			continue
		}
		for _, call := range r.calls[fn] {
			reach := r.Roots.Reached(call)
			if reach == nil && !r.ignoresContext(call) {
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
	return a != nil && a.Ctx.Class == CtxNone && !strings.HasSuffix(a.Method, ".Ping")
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
		if !waits(a.Ctx) || a.Abstract && !r.isPoolRef(a.Ref) {
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
		if !waits(a.Ctx) || a.Abstract && !r.isPoolRef(a.Ref) {
			continue
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
			if a.Ctx.Class != CtxParam || encloses(a.Ctx.Param.Parent(), fn) {
				continue
			}
			ctx := r.lowerCtx(call, fn, a.Ctx)
			if !waits(ctx) || a.Abstract && !r.isPoolRef(r.lower(call, fn, a.Ref)) {
				continue
			}
			w := &wait{Wait: Wait{Method: a.Method, Site: a.Site, Class: ctx.Class, Callee: r.SSA.NameOf(call.Common())}}
			w.Pos, w.End = r.extent(call)
			return w
		}
	}
	return nil
}

// waits reports whether a rule may want to know: nothing ends the wait, or only
// the client's patience.
func waits(c Ctx) bool { return c.Endless() || c.Class == CtxRequest }
