package retry

import (
	"go/constant"
	"go/token"
	"go/types"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/tools/go/ssa"

	"github.com/connlint/connlint/internal/calls"
	"github.com/connlint/connlint/internal/catalog"
	"github.com/connlint/connlint/internal/roots"
)

// dead reports the retries that keep using a transaction or connection that was made
// before the first attempt: once it is lost, every further attempt fails as well.
func (e *engine) dead(fn *ssa.Function) {
	for _, l := range e.loops[fn] {
		if l.triesAgain() && !l.ranges() {
			e.deadLoop(fn, l)
		}
	}
	for _, root := range e.roots.Roots {
		if root.Fn == fn && root.Blocks != nil {
			e.deadWorker(fn, &loop{header: headerOf(root), blocks: root.Blocks})
		}
	}
	for _, call := range e.SSA.Calls(fn) {
		c := call.Common()
		for _, i := range e.retriedArgs(c) {
			if i < len(c.Args) && !slices.ContainsFunc(c.Args, e.isTx) {
				e.deadLiteral(c.Args[i])
			}
		}
	}
}

// deadLoop looks at the calls of a loop that tries again.
func (e *engine) deadLoop(fn *ssa.Function, l *loop) {
	for _, call := range e.SSA.Calls(fn) {
		if !l.blocks[call.Block()] || e.ends(call.Common()) || !l.roundOnError(call) || e.judges(call, l.blocks) {
			continue
		}
		for _, v := range operands(call.Common()) {
			kind, ok := e.held(v)
			if !ok || kind == catalog.Conn && l.bounded() {
				continue // a few attempts on a connection may be meant for what is not its loss
			}
			if outside(v, l.blocks) && !e.savepoint(fn) {
				e.reportDead(call, v, kind)
				return
			}
		}
	}
}

// deadWorker looks at a loop that never ends and uses one connection in every turn,
// whatever happened to it in the turn before:
//
//	conn, err := db.Conn(ctx)
//	for {
//		s.tryLock(ctx, conn) // logs the error
//		select { … }
//	}
func (e *engine) deadWorker(fn *ssa.Function, l *loop) {
	var first ssa.CallInstruction
	var conn ssa.Value
	for _, call := range e.SSA.Calls(fn) {
		if !l.blocks[call.Block()] || e.ends(call.Common()) {
			continue
		}
		for _, v := range operands(call.Common()) {
			kind, ok := e.held(v)
			if !ok || kind != catalog.Conn || !acquired(v) || !outside(v, l.blocks) {
				continue
			}
			if calls.ReturnsError(call.Common().Signature()) && !l.roundOnError(call) {
				return // the loop ends with the connection, or looks at the error in a way of its own
			}
			if first == nil && !notices(call, v) {
				first, conn = call, v
			}
		}
	}
	if first != nil {
		e.reportDead(first, conn, catalog.Conn)
	}
}

// notices reports whether the callee can say that the connection is gone otherwise
// than by an error.
func notices(call ssa.CallInstruction, conn ssa.Value) bool {
	return calls.Receiver(call.Common()) == conn && !calls.ReturnsError(call.Common().Signature())
}

// acquired reports whether v was made by a call of this function.
func acquired(v ssa.Value) bool {
	ex, ok := v.(*ssa.Extract)
	if !ok {
		return false
	}
	_, ok = ex.Tuple.(*ssa.Call)
	return ok
}

// deadLiteral looks at a literal that a helper runs again: it should make its own
// transaction.
func (e *engine) deadLiteral(arg ssa.Value) {
	mc := closure(arg)
	if mc == nil {
		return
	}
	lit := mc.Fn.(*ssa.Function)
	if e.savepoint(lit) {
		return
	}
	for _, call := range e.SSA.Calls(lit) {
		c := call.Common()
		if e.ends(c) || !calls.ReturnsError(c.Signature()) || e.judges(call, nil) {
			continue
		}
		for _, v := range operands(c) {
			fv := freeVar(v)
			if fv == nil {
				continue
			}
			if kind, ok := e.held(v); ok && kind == catalog.Tx && !reassigned(lit, fv) {
				e.reportDead(call, v, kind)
				return
			}
		}
	}
}

func (e *engine) reportDead(call ssa.CallInstruction, v ssa.Value, kind catalog.Kind) {
	f := &Fault{
		Category: Dead,
		Pos:      call.Pos(),
		End:      call.Pos(),
		What:     calls.Title(call.Common()),
		Kind:     kind,
		Name:     nameOf(v),
	}
	if fv := freeVar(v); fv == nil {
		f.Related = v.Pos()
	}
	e.report(f)
}

// held returns the kind of a transaction or connection.
func (e *engine) held(v ssa.Value) (catalog.Kind, bool) {
	kind, ok := e.SSA.Catalog.KindOf(v.Type())
	return kind, ok && (kind == catalog.Tx || kind == catalog.Conn)
}

// isTx reports whether v is a transaction, also behind an interface: a helper that is
// given it beside what it runs again returns to a savepoint of it.
func (e *engine) isTx(v ssa.Value) bool {
	switch t := v.(type) {
	case *ssa.MakeInterface:
		v = t.X
	case *ssa.ChangeInterface:
		v = t.X
	}
	kind, ok := e.held(v)
	return ok && kind == catalog.Tx
}

// ends reports whether the callee gives a resource back.
func (e *engine) ends(c *ssa.CallCommon) bool {
	return len(e.SSA.Catalog.Lookup(e.SSA.NameOf(c), "release")) > 0
}

// operands returns the receiver and arguments of a call.
func operands(c *ssa.CallCommon) []ssa.Value {
	if c.IsInvoke() {
		return append([]ssa.Value{c.Value}, c.Args...)
	}
	return c.Args
}

// outside reports whether v was made before the loop, once.
func outside(v ssa.Value, blocks map[*ssa.BasicBlock]bool) bool {
	switch v := v.(type) {
	case *ssa.Parameter:
		return true
	case *ssa.Extract:
		return !blocks[v.Block()]
	case *ssa.Call:
		return !blocks[v.Block()]
	}
	return false // a load may see another one each time
}

// roundOnError reports whether an error of the call leads to another turn of the
// loop.
func (l *loop) roundOnError(call ssa.CallInstruction) bool {
	err := calls.Error(call)
	if err == nil || err.Referrers() == nil {
		return !calls.ReturnsError(call.Common().Signature()) || err == nil
	}
	flow := carriersOf(err)
	for b := range l.blocks {
		if x, failed, ok := errorTest(b); ok && flow[x] {
			return l.leadsRound(b.Succs[failed])
		}
	}
	return false
}

// judges reports whether the error of a call is looked at more closely than for nil:
// given to a function whose result says what to do, or compared.
func (e *engine) judges(call ssa.CallInstruction, blocks map[*ssa.BasicBlock]bool) bool {
	err := calls.Error(call)
	if err == nil {
		return false
	}
	for v := range carriersOf(err) {
		for _, ref := range *v.Referrers() {
			switch ref := ref.(type) {
			case *ssa.Call:
				sig := ref.Call.Signature()
				if sig.Results().Len() > 0 && (isBool(sig.Results().At(0).Type()) || len(e.SSA.Catalog.Lookup(e.SSA.NameOf(&ref.Call), "samenil", "nonnil")) > 0 && !strings.HasSuffix(e.SSA.NameOf(&ref.Call), ".Errorf")) {
					return true
				}
			case *ssa.BinOp:
				if !isNil(ref.X) && !isNil(ref.Y) {
					return true
				}
			case *ssa.TypeAssert:
				return true
			}
		}
	}
	return false
}

func isBool(t types.Type) bool {
	b, ok := t.Underlying().(*types.Basic)
	return ok && b.Info()&types.IsBoolean != 0
}

// savepoint reports whether fn sets savepoints: a transaction that returns to one can
// go on.
func (e *engine) savepoint(fn *ssa.Function) bool {
	for _, call := range e.SSA.Calls(fn) {
		for _, a := range call.Common().Args {
			if c, ok := a.(*ssa.Const); ok && strings.Contains(strings.ToUpper(constString(c)), "SAVEPOINT") {
				return true
			}
		}
	}
	return false
}

// freeVar returns the captured variable that v is or was loaded from, or nil.
func freeVar(v ssa.Value) *ssa.FreeVar {
	if load, ok := v.(*ssa.UnOp); ok && load.Op == token.MUL {
		v = load.X
	}
	fv, _ := v.(*ssa.FreeVar)
	return fv
}

// reassigned reports whether a literal stores to a captured variable.
func reassigned(lit *ssa.Function, fv *ssa.FreeVar) bool {
	for _, ref := range *fv.Referrers() {
		if st, ok := ref.(*ssa.Store); ok && st.Addr == fv {
			return true
		}
	}
	return false
}

func headerOf(root *roots.Root) *ssa.BasicBlock {
	for b := range root.Blocks {
		dominatesAll := true
		for o := range root.Blocks {
			dominatesAll = dominatesAll && b.Dominates(o)
		}
		if dominatesAll {
			return b
		}
	}
	return nil
}

// nameOf returns the name of the variable that holds v, or "".
func nameOf(v ssa.Value) string {
	switch v := v.(type) {
	case *ssa.Parameter:
		return v.Name()
	case *ssa.UnOp:
		return nameOf(v.X)
	case *ssa.FreeVar:
		return v.Name()
	case *ssa.Alloc:
		return v.Comment
	}
	return ""
}

// constString returns the string that a constant is, or "".
func constString(v ssa.Value) string {
	if c, ok := v.(*ssa.Const); ok && c.Value != nil && c.Value.Kind() == constant.String {
		return constant.StringVal(c.Value)
	}
	return ""
}

func atoi(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return -1
	}
	return n
}
