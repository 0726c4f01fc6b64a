package retry

import (
	"go/token"
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/ssa"

	"github.com/connlint/connlint/internal/calls"
	"github.com/connlint/connlint/internal/catalog"
	"github.com/connlint/connlint/internal/pools"
	"github.com/connlint/connlint/internal/testcode"
)

// startups reports the first contacts that are tried once: where the pool is opened,
// which is where a retry belongs, and elsewhere if their failure ends the process, on
// the spot or in a caller that the error is handed to. A function that hands out the
// error of a contact is one where it is called. So is one that opens what it is told to:
// whoever tells may try again.
func (e *engine) startups(fn *ssa.Function) {
	if fn.Pkg != nil && fn.Pkg.Pkg.Name() == "main" && !e.program {
		return // a command that is run by hand: whoever runs it sees the error
	}
	for _, call := range e.SSA.Calls(fn) {
		c := e.contact(call)
		if c.What == "" || e.roots.Reached(call) != nil || e.noServer(fn) || e.dialsAgain(fn) {
			continue
		}
		takes := e.takes(call.Common()) != ""
		if takes && len(e.openedNear(fn)) == 0 {
			continue // a connection of a pool that was there before
		}
		dies, returns := e.failure(call)
		dies = dies || returns && servesAsCommand(e, fn)
		opens := e.opensHere(fn) && !takes && !e.pools.Told(fn)
		if !dies && !(returns && opens) || e.retried(call, 6) {
			continue
		}
		pos := call.Pos()
		if c.pos.IsValid() {
			pos = c.pos // where it can be tried again
		}
		e.report(&Fault{Category: Startup, Pos: pos, End: pos, What: c.What, Through: c.through, Dies: dies})
	}
}

// A contact is a call by which a function finds out whether the server is there.
type contact struct {
	What    string    // the driver's function
	through string    // the function of another package that calls it, or ""
	pos     token.Pos // in this package, if it is a call further down; else NoPos
}

// contact returns what a call contacts the server by; the zero contact if it does not.
func (e *engine) contact(call ssa.CallInstruction) contact {
	c := call.Common()
	if len(e.SSA.Catalog.Lookup(e.SSA.NameOf(c), "contact")) > 0 {
		return contact{What: calls.Title(c)}
	}
	a := e.aboutCallee(c)
	if a == nil || a.contact.What == "" || e.givenPool(c) {
		return contact{} // whoever has a pool to give may have contacted the server before
	}
	found := a.contact
	if !found.pos.IsValid() {
		found.through = calls.Title(c)
	}
	return found
}

// givenPool reports whether a pool is among the arguments of a call, the receiver
// apart.
func (e *engine) givenPool(c *ssa.CallCommon) bool {
	for v := range c.Signature().Params().Variables() {
		if kind, ok := e.SSA.Catalog.KindOf(v.Type()); ok && kind == catalog.Pool {
			return true
		}
		if types.TypeString(v.Type(), nil) == "*gorm.io/gorm.DB" {
			return true
		}
	}
	return false
}

// contactOf returns the contact of fn whose error it hands out, if that is tried
// once.
func (e *engine) contactOf(fn *ssa.Function) contact {
	if !calls.ReturnsError(fn.Signature) || testcode.Has(fn) {
		return contact{}
	}
	for _, call := range e.SSA.Calls(fn) {
		c := e.contact(call)
		if c.What == "" || e.takes(call.Common()) != "" || e.inLoop(call) {
			continue // a connection taken for a purpose of its own is the caller's affair
		}
		if e.startsItself(fn) {
			return contact{}
		}
		if _, returns := e.failure(call); returns && !e.givenToHelper(fn) {
			if !c.pos.IsValid() {
				c.pos = call.Pos()
			}
			return c
		}
	}
	return contact{}
}

// startsItself reports whether a function that contacts the server tries again, need not,
// or opens what it contacts: of that, startups says what there is to say.
func (e *engine) startsItself(fn *ssa.Function) bool {
	return retryName.MatchString(fn.Name()) || len(e.openedNear(fn)) > 0 && !e.pools.Told(fn) || e.dialsAgain(fn) || e.noServer(fn)
}

// givenToHelper reports whether fn is a literal that something tries again.
func (e *engine) givenToHelper(fn *ssa.Function) bool {
	for _, call := range e.made[fn] {
		c := call.Common()
		for _, i := range e.retriedArgs(c) {
			if i < len(c.Args) && calls.Function(c.Args[i]) == fn {
				return true
			}
		}
	}
	return false
}

// servesAsCommand reports whether fn is what a command line library runs to serve:
// its error ends the process.
func servesAsCommand(e *engine, fn *ssa.Function) bool {
	for _, p := range fn.Params {
		switch types.TypeString(p.Type(), nil) {
		case "*github.com/spf13/cobra.Command", "*github.com/urfave/cli.Context",
			"*github.com/urfave/cli/v2.Context", "*github.com/urfave/cli/v3.Command":
			return e.roots.RunsServer(fn)
		}
	}
	return false
}

func (e *engine) inLoop(call ssa.CallInstruction) bool {
	for _, l := range e.loops[call.Parent()] {
		if l.blocks[call.Block()] {
			return true
		}
	}
	return false
}

// opensHere reports whether fn opens a pool that stays open.
func (e *engine) opensHere(fn *ssa.Function) bool {
	return len(e.openedNear(fn)) > 0 && !e.forAMoment(fn)
}

// openedNear returns the pools that fn opens, or the functions of this package that
// it calls: connect(app) and then app.db.Ping().
func (e *engine) openedNear(fn *ssa.Function) []*pools.Pool {
	all := slices.Clone(e.opened[fn])
	for _, call := range e.SSA.Calls(fn) {
		if callee := call.Common().StaticCallee(); callee != nil && callee.Pkg == fn.Pkg {
			all = append(all, e.opened[calls.Declared(callee)]...)
		}
	}
	return all
}

// dialsAgain reports whether fn hands the configuration of a pool to a function that, by
// its name, makes it try again.
func (e *engine) dialsAgain(fn *ssa.Function) bool {
	for _, call := range e.SSA.Calls(fn) {
		obj := calls.Func(call.Common())
		if obj == nil || !retryName.MatchString(obj.Name()) {
			continue
		}
		for v := range obj.Signature().Params().Variables() {
			if strings.HasSuffix(types.TypeString(v.Type(), nil), "Config") {
				return true
			}
		}
	}
	return false
}

// forAMoment reports whether fn opens pools for a job of its own, after which it
// closes them: that is no start.
func (e *engine) forAMoment(fn *ssa.Function) bool {
	if len(e.opened[fn]) == 0 || e.roots.RunsServer(fn) {
		return false
	}
	for _, call := range e.SSA.Calls(fn) {
		if _, deferred := call.(*ssa.Defer); !deferred {
			continue
		}
		for _, f := range e.SSA.Catalog.Lookup(e.SSA.NameOf(call.Common()), "release") {
			if f.Kind == catalog.Pool {
				return true
			}
		}
	}
	return slices.ContainsFunc(e.opened[fn], func(p *pools.Pool) bool { return p.Fate == pools.PerRequest })
}

// noServer reports whether fn opens pools, and none is known to be a server's.
func (e *engine) noServer(fn *ssa.Function) bool {
	near := e.openedNear(fn)
	return len(near) > 0 && !slices.ContainsFunc(near, func(p *pools.Pool) bool { return p.Engine == pools.Network })
}

// failure reports what becomes of the error of a call: whether it ends the process,
// and whether the function returns it.
func (e *engine) failure(call ssa.CallInstruction) (dies, returns bool) {
	err := calls.Error(call)
	if err == nil || err.Referrers() == nil {
		return false, false
	}
	fn := call.Parent()
	flow := carriersOf(err)
	if e.contactsAgain(fn, flow) {
		return false, false
	}
	for _, b := range fn.Blocks {
		x, failed, ok := errorTest(b)
		if ok && flow[x] && within(call, b) {
			f := e.fate(b.Succs[failed], map[*ssa.BasicBlock]fate{})
			dies, returns = dies || f.dies, returns || f.returns
		}
		if ret, ok := last(b).(*ssa.Return); ok {
			for _, v := range ret.Results {
				returns = returns || v == err
			}
		}
	}
	return dies, returns
}

// contactsAgain reports whether what follows a failure, one of the values in flow, is a
// loop that contacts the server again:
//
//	db, err := gorm.Open(d)
//	if err != nil {
//		for range 5 {
//			if sqlDB.Ping() == nil { … }
func (e *engine) contactsAgain(fn *ssa.Function, flow map[ssa.Value]bool) bool {
	for _, b := range fn.Blocks {
		x, failed, ok := errorTest(b)
		if !ok || !flow[x] {
			continue
		}
		for _, call := range e.SSA.Calls(fn) {
			if b.Succs[failed].Dominates(call.Block()) && e.inLoop(call) && len(e.SSA.Catalog.Lookup(e.SSA.NameOf(call.Common()), "contact")) > 0 {
				return true
			}
		}
	}
	return false
}

// carriersOf returns the values that are err or may be err at a join.
func carriersOf(err ssa.Value) map[ssa.Value]bool {
	flow := map[ssa.Value]bool{err: true}
	for _, ref := range *err.Referrers() {
		switch ref := ref.(type) {
		case *ssa.Phi:
			flow[ref] = true
		case *ssa.Store: // a named result or a captured variable
			if alloc, ok := ref.Addr.(*ssa.Alloc); ok {
				for _, use := range *alloc.Referrers() {
					if load, ok := use.(*ssa.UnOp); ok && load.Block() == ref.Block() {
						flow[load] = true
					}
				}
			}
		}
	}
	return flow
}

// within reports whether the test in b comes right after the call: no other call
// that may fail lies between.
func within(call ssa.CallInstruction, b *ssa.BasicBlock) bool {
	return call.Block() == b || call.Block().Dominates(b)
}

// A fate is what becomes of a failure.
type fate struct{ dies, returns bool }

// fate follows the failing side of a test and reports whether every way from there
// ends the process, or returns an error.
func (e *engine) fate(b *ssa.BasicBlock, memo map[*ssa.BasicBlock]fate) fate {
	if f, ok := memo[b]; ok {
		return f
	}
	memo[b] = fate{true, true} // a way back settles nothing
	f := e.fateOf(b, memo)
	memo[b] = f
	return f
}

func (e *engine) fateOf(b *ssa.BasicBlock, memo map[*ssa.BasicBlock]fate) fate {
	for _, instr := range b.Instrs {
		switch instr := instr.(type) {
		case *ssa.Panic:
			return fate{dies: true}
		case ssa.CallInstruction:
			if len(e.SSA.Catalog.Lookup(e.SSA.NameOf(instr.Common()), "noreturn")) > 0 {
				return fate{dies: true}
			}
		case *ssa.Return:
			n := len(instr.Results)
			return fate{returns: n > 0 && types.Identical(instr.Results[n-1].Type(), calls.ErrorType) && !isNil(instr.Results[n-1])}
		}
	}
	if len(b.Succs) == 0 {
		return fate{}
	}
	f := fate{true, true}
	for _, s := range b.Succs {
		next := e.fate(s, memo)
		f.dies, f.returns = f.dies && next.dies, f.returns && next.returns
	}
	return f
}

func last(b *ssa.BasicBlock) ssa.Instruction { return b.Instrs[len(b.Instrs)-1] }
