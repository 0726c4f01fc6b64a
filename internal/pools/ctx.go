package pools

import (
	"go/token"
	"strconv"

	"golang.org/x/tools/go/ssa"
)

// A CtxClass says what ends a context.
type CtxClass int

// The classes of context.
const (
	CtxUnknown  CtxClass = iota
	CtxNone              // the call takes no context
	CtxEndless           // nothing, or only an explicit cancel
	CtxDeadline          // it has a deadline
	CtxRequest           // the end of a request
	CtxParam             // it is that of the caller
)

// A Ctx is what is known of a context.
type Ctx struct {
	Class CtxClass
	// Param is the parameter it was handed in by, if Class is CtxParam.
	Param *ssa.Parameter
}

// Endless reports whether nothing ends a wait with this context.
func (c Ctx) Endless() bool { return c.Class == CtxNone || c.Class == CtxEndless }

// contextOf classifies a context.
func (r *Result) contextOf(v ssa.Value) Ctx { return r.ctxOf(v, 20) }

func (r *Result) ctxOf(v ssa.Value, depth int) Ctx {
	if depth == 0 {
		return Ctx{}
	}
	switch v := v.(type) {
	case *ssa.Parameter:
		if r.Roots.IsRequest(v.Type()) {
			return Ctx{Class: CtxRequest}
		}
		return Ctx{Class: CtxParam, Param: v}
	case *ssa.MakeInterface:
		return r.ctxOf(v.X, depth-1)
	case *ssa.ChangeInterface:
		return r.ctxOf(v.X, depth-1)
	case *ssa.Call:
		return r.ctxOfCall(v, depth)
	case *ssa.Extract:
		if call, ok := v.Tuple.(*ssa.Call); ok {
			return r.ctxOfCall(call, depth)
		}
	case *ssa.Phi:
		return r.ctxOfAll(v.Edges, depth)
	case *ssa.UnOp:
		if v.Op == token.MUL {
			return r.ctxOfLoad(v.X, depth)
		}
	}
	return Ctx{}
}

// ctxOfAll returns the class that all values share.
func (r *Result) ctxOfAll(vs []ssa.Value, depth int) Ctx {
	var same Ctx
	for i, v := range vs {
		c := r.ctxOf(v, depth-1)
		if i > 0 && c != same {
			return Ctx{}
		}
		same = c
	}
	return same
}

func (r *Result) ctxOfLoad(cell ssa.Value, depth int) Ctx {
	switch x := cell.(type) {
	case *ssa.FreeVar:
		if b := binding(x); b != nil {
			return r.ctxOfLoad(b, depth-1)
		}
	case *ssa.Alloc:
		var vals []ssa.Value
		for _, s := range r.storesTo(x) {
			vals = append(vals, s.Val)
		}
		return r.ctxOfAll(vals, depth)
	case *ssa.Global:
		return r.ctxOfGlobal(x, depth)
	case *ssa.Parameter, *ssa.Phi: // captured by value
		return r.ctxOf(x, depth-1)
	}
	return Ctx{}
}

// ctxOfGlobal returns the class of a package variable that only its initializer
// stores to.
func (r *Result) ctxOfGlobal(g *ssa.Global, depth int) Ctx {
	if g.Pkg != r.SSA.Pkg || token.IsExported(g.Name()) {
		return Ctx{}
	}
	var vals []ssa.Value
	for _, s := range r.globals.stores[g] {
		vals = append(vals, s.Val)
	}
	return r.ctxOfAll(vals, depth)
}

func (r *Result) ctxOfCall(call *ssa.Call, depth int) Ctx {
	name := r.SSA.NameOf(&call.Call)
	for _, f := range r.SSA.Catalog.Lookup(name, "context") {
		switch f.Word {
		case "endless":
			return Ctx{Class: CtxEndless}
		case "deadline":
			return Ctx{Class: CtxDeadline}
		case "request":
			return Ctx{Class: CtxRequest}
		case "parent":
			if arg := argument(call, f.Attr["arg"]); arg != nil {
				return r.ctxOf(arg, depth-1)
			}
		}
	}
	return Ctx{}
}

// argument returns the parameter of a call with a number as the catalog counts,
// which leaves out the receiver; number 0 if the number is missing.
func argument(call ssa.CallInstruction, number string) ssa.Value {
	i := 0
	if number != "" {
		var err error
		if i, err = strconv.Atoi(number); err != nil {
			return nil
		}
	}
	if hasReceiver(call.Common()) {
		i++
	}
	return Argument(call, i)
}

func hasReceiver(c *ssa.CallCommon) bool {
	return c.IsInvoke() || c.Signature().Recv() != nil
}
