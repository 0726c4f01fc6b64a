package lifecycle

import (
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/ssa"

	"github.com/connlint/connlint/internal/catalog"
)

// acquires returns the obligations that a call makes.
func (e *engine) acquires(fn *ssa.Function, instr ssa.CallInstruction) []*obligation {
	common := instr.Common()
	sig := common.Signature()
	c := e.calleeOf(common)
	var sum *summary
	var facts []*catalog.Fact
	if c != nil {
		sum = c.sum
		for _, f := range c.facts {
			if f.Verb == "acquire" || f.Verb == "chain" {
				facts = append(facts, f)
			}
		}
		if len(facts) == 0 && common.IsInvoke() && !settles(c.facts) && !isGetter(sig) {
			facts = e.cat.InterfaceAcquires(c.fn.Name(), sig)
			if kind, presumed := e.ownAPI(c.fn.Name(), sig); len(facts) == 0 && kind != "" && !e.ofDriver(c) {
				return []*obligation{e.madeUnseen(fn, instr, kind, presumed)}
			}
		}
		if len(c.facts) > 0 && len(facts) == 0 {
			sum = nil // the catalog knows better
		}
	} else if lit := e.static(common); lit != nil {
		sum = e.lits[lit]
	} else if _, builtin := common.Value.(*ssa.Builtin); !builtin && !isGetter(sig) {
		if kind, presumed := e.ownAPI("", sig); kind != "" {
			return []*obligation{e.madeUnseen(fn, instr, kind, presumed)}
		}
	}
	var obs []*obligation
	for _, f := range facts {
		if f.Arg >= sig.Results().Len() {
			continue
		}
		ob := &obligation{kind: f.Kind, fn: fn, site: instr, result: f.Arg, root: resultValue(instr, f.Arg), typ: sig.Results().At(f.Arg).Type()}
		ob.nilOnErr = f.Attr["onerr"] != "value"
		if tf := e.cat.TypeFact(ob.typ); tf != nil && tf.Attr["onerr"] == "value" {
			ob.nilOnErr = false
		}
		ob.parentEnds, ob.parentBlocks = f.Attr["parent"] == "ends", f.Attr["parent"] == "blocks"
		ob.ctxEnds = f.Attr["ctx"] == "ends"
		if f.Verb == "chain" {
			ob.errAt = fieldNamed(ob.typ, f.Attr["err"])
			ob.again = &symbol{name: "resource", sort: resourceSym, typ: ob.typ}
			ob.nilOnErr = false
		}
		if i, ok := f.Attr["of"]; ok && !common.IsInvoke() {
			if j := c.index(atoi(i)); j < len(common.Args) {
				ob.parent, ob.parentEnds = common.Args[j], true
			}
		}
		obs = append(obs, ob)
	}
	if len(facts) == 0 && sum != nil {
		for _, r := range sum.Results {
			if r.Result >= sig.Results().Len() {
				continue
			}
			obs = append(obs, &obligation{
				kind: r.Kind, fn: fn, site: instr, result: r.Result, root: resultValue(instr, r.Result), path: r.Path,
				typ: sig.Results().At(r.Result).Type(), release: r.Release, wrapper: r.Wrapper, onErr: r.OnErr, with: r.With, done: r.Done,
			})
		}
	}
	for _, ob := range obs {
		e.complete(ob, instr, sig)
	}
	return obs
}

// madeUnseen returns the obligation for the first result of a call of which only the type
// is known.
func (e *engine) madeUnseen(fn *ssa.Function, instr ssa.CallInstruction, kind catalog.Kind, presumed bool) *obligation {
	sig := instr.Common().Signature()
	return e.complete(&obligation{
		kind: kind, fn: fn, site: instr, root: resultValue(instr, 0), typ: sig.Results().At(0).Type(), presumed: presumed,
	}, instr, sig)
}

// isGetter reports whether a method that returns a connection cannot have acquired it:
// that takes a context or may fail.
//
//	Conn() *pgx.Conn
func isGetter(sig *types.Signature) bool {
	return sig.Params().Len() == 0 && sig.Results().Len() == 1
}

// fieldNamed returns the path of a field of the struct that t points to.
func fieldNamed(t types.Type, name string) string {
	st, ok := deref(t).Underlying().(*types.Struct)
	if !ok {
		return ""
	}
	for i := range st.NumFields() {
		if st.Field(i).Name() == name {
			return fieldPath(i)
		}
	}
	return ""
}

// settles reports whether the catalog says that a result belongs to somebody.
func settles(facts []*catalog.Fact) bool {
	return slices.ContainsFunc(facts, func(f *catalog.Fact) bool { return f.Verb == "child" || f.Verb == "derive" })
}

// complete fills in what goes with the acquire: its error, parent and context.
func (e *engine) complete(ob *obligation, instr ssa.CallInstruction, sig *types.Signature) *obligation {
	ob.res = &symbol{name: "resource", sort: resourceSym, typ: ob.typ}
	if n := sig.Results().Len(); n > 1 && isError(sig.Results().At(n-1).Type()) {
		ob.err = resultValue(instr, n-1)
		ob.fails = true
	}
	common := instr.Common()
	switch ob.kind {
	case catalog.Rows, catalog.Row, catalog.Stmt, catalog.Batch, catalog.Tx:
		recv := common.Value
		if !common.IsInvoke() {
			recv = nil
			if sig.Recv() != nil && len(common.Args) > 0 {
				recv = common.Args[0]
			}
		}
		if recv != nil && ob.parent == nil {
			if kind, ok := e.cat.KindOf(recv.Type()); !ok || ob.parentEnds || ob.parentBlocks || kind == catalog.Tx || kind == catalog.Conn || kind == catalog.Batch || kind == catalog.Pool && ob.kind == catalog.Stmt {
				ob.parent = recv
				if tx := e.runsOn(recv); tx != nil {
					ob.parent = tx
				}
			} else if tx := e.preparedIn(recv); tx != nil {
				ob.parent = tx
			}
		}
	}
	if f := e.cat.TypeFact(ob.typ); ob.ctxEnds || f != nil && f.Attr["ctx"] == "ends" {
		for _, a := range common.Args {
			if isContext(a.Type()) {
				ob.cancel = e.cancelOf(a, 0)
				break
			}
		}
	}
	return ob
}

// runsOn returns the transaction or connection that a builder was given on the way to
// v, or nil.
//
//	psql.Select("id").From("t").RunWith(tx).Query()
func (e *engine) runsOn(v ssa.Value) ssa.Value {
	for range 40 {
		call, ok := v.(*ssa.Call)
		if !ok || len(call.Call.Args) == 0 || call.Call.IsInvoke() {
			return nil
		}
		for _, a := range call.Call.Args[1:] {
			if mi, ok := a.(*ssa.MakeInterface); ok {
				a = mi.X
			}
			if ci, ok := a.(*ssa.ChangeInterface); ok {
				a = ci.X
			}
			if kind, ok := e.cat.KindOf(a.Type()); ok && (kind == catalog.Tx || kind == catalog.Conn) || hasMethod(a.Type(), "Commit") && hasMethod(a.Type(), "Rollback") {
				return a
			}
		}
		v = call.Call.Args[0]
	}
	return nil
}

// preparedIn returns the transaction that the statement v is of, if v is one: its rows
// are rows of the transaction.
//
//	rows, err := tx.Stmt(st).Query()
func (e *engine) preparedIn(v ssa.Value) ssa.Value {
	if kind, _ := e.cat.KindOf(v.Type()); kind != catalog.Stmt {
		return nil
	}
	if ex, ok := v.(*ssa.Extract); ok {
		v = ex.Tuple
	}
	call, ok := v.(*ssa.Call)
	if !ok {
		return nil
	}
	recv := call.Call.Value
	if !call.Call.IsInvoke() {
		if call.Call.Signature().Recv() == nil || len(call.Call.Args) == 0 {
			return nil
		}
		recv = call.Call.Args[0]
	}
	if kind, _ := e.cat.KindOf(recv.Type()); kind != catalog.Tx {
		return nil
	}
	return recv
}

func isContext(t types.Type) bool {
	named, ok := types.Unalias(t).(*types.Named)
	return ok && named.Obj().Name() == "Context" && named.Obj().Pkg() != nil && named.Obj().Pkg().Path() == "context"
}

// cancelOf returns the function that ends the context ctx, if it was made in this
// function.
func (e *engine) cancelOf(ctx ssa.Value, depth int) ssa.Value {
	if depth > 8 {
		return nil
	}
	switch t := ctx.(type) {
	case *ssa.Extract:
		call, ok := t.Tuple.(*ssa.Call)
		if !ok || t.Index != 0 {
			return nil
		}
		c := e.calleeOf(call.Common())
		if c == nil {
			return nil
		}
		for _, f := range c.facts {
			if f.Verb == "cancel" {
				return resultValue(call, f.Arg)
			}
		}
	case *ssa.Call: // context.WithValue and the like
		if args := t.Call.Args; !t.Call.IsInvoke() && len(args) > 0 && isContext(args[0].Type()) && isContext(t.Type()) {
			return e.cancelOf(args[0], depth+1)
		}
	case *ssa.UnOp:
		if v := onlyStore(t.X); v != nil {
			return e.cancelOf(v, depth+1)
		}
	}
	return nil
}

// onlyStore returns the only value ever stored to a local variable.
func onlyStore(addr ssa.Value) ssa.Value {
	a, ok := addr.(*ssa.Alloc)
	if !ok || a.Referrers() == nil {
		return nil
	}
	var val ssa.Value
	for _, ref := range *a.Referrers() {
		switch t := ref.(type) {
		case *ssa.Store:
			if t.Addr != a || val != nil {
				return nil
			}
			val = t.Val
		case *ssa.MakeClosure:
			fn := t.Fn.(*ssa.Function)
			for i, b := range t.Bindings {
				if b == addr && assigns(fn, fn.FreeVars[i], 0) {
					return nil
				}
			}
		}
	}
	return val
}

// discarded reports whether nothing is ever done with what the call acquired.
func discarded(ob *obligation) bool {
	return !used(ob.root) && !slices.ContainsFunc(ob.done, func(i int) bool { return used(resultValue(ob.site, i)) })
}

// used reports whether something is done with v.
func used(v ssa.Value) bool {
	if v == nil {
		return false
	}
	refs := v.Referrers()
	return refs == nil || slices.ContainsFunc(*refs, func(r ssa.Instruction) bool {
		_, debug := r.(*ssa.DebugRef)
		return !debug
	})
}

// callName returns the acquiring call as messages show it.
func (e *engine) callName(instr ssa.CallInstruction) string {
	common := instr.Common()
	if common.IsInvoke() {
		return shortName(common.Method)
	}
	if fn := e.static(common); fn != nil {
		if obj, ok := fn.Object().(*types.Func); ok {
			return shortName(obj.Origin())
		}
		if g := variableOf(common); g != nil {
			return g.Name()
		}
		return "the function literal"
	}
	return common.Value.Name()
}

// shortName returns the name of fn with packages by name, not path:
// (*sql.DB).QueryContext.
func shortName(fn *types.Func) string {
	qual := func(p *types.Package) string { return p.Name() }
	name := fn.Name()
	if recv := fn.Signature().Recv(); recv != nil {
		t := types.TypeString(recv.Type(), qual)
		if i := strings.Index(t, "["); i > 0 {
			t = t[:i]
		}
		if strings.HasPrefix(t, "*") {
			t = "(" + t + ")"
		}
		if strings.HasPrefix(t, "interface") {
			return name
		}
		return t + "." + name
	}
	if fn.Pkg() != nil {
		return fn.Pkg().Name() + "." + name
	}
	return name
}
