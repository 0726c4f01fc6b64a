// Package calls reads call instructions: whom they call, with what, and which value
// is the error they return.
package calls

import (
	"go/types"

	"golang.org/x/tools/go/ssa"

	"github.com/connlint/connlint/internal/catalog"
)

// ErrorType is the predeclared type error.
var ErrorType = types.Universe.Lookup("error").Type()

// Func returns the declared function or interface method that is called, that of
// its origin for an instance of a generic one; nil for a function value.
func Func(c *ssa.CallCommon) *types.Func {
	if c.IsInvoke() {
		return c.Method.Origin()
	}
	fn := c.StaticCallee()
	if fn == nil {
		return nil
	}
	if fn.Origin() != nil {
		fn = fn.Origin()
	}
	obj, ok := fn.Object().(*types.Func)
	if !ok {
		return nil
	}
	return obj.Origin()
}

// Name returns the name the catalog knows the called function by, or "".
func Name(c *ssa.CallCommon) string {
	if fn := Func(c); fn != nil {
		return catalog.FullName(fn)
	}
	return ""
}

// Title returns the called function as a message names it: (*sql.DB).Query.
func Title(c *ssa.CallCommon) string {
	fn := Func(c)
	if fn == nil {
		return "the function"
	}
	return TitleOf(fn)
}

// TitleOf returns fn as a message names it, with the package's name in place of its
// path: (*sql.DB).Query, http.Get.
func TitleOf(fn *types.Func) string {
	short := func(p *types.Package) string { return p.Name() }
	if recv := fn.Signature().Recv(); recv != nil {
		t := types.TypeString(recv.Type(), short)
		if _, ok := recv.Type().(*types.Pointer); ok {
			return "(" + t + ")." + fn.Name()
		}
		return t + "." + fn.Name()
	}
	if fn.Pkg() == nil {
		return fn.Name()
	}
	return fn.Pkg().Name() + "." + fn.Name()
}

// Arg returns parameter n of the called function, counted without the receiver; nil
// if there is none.
func Arg(c *ssa.CallCommon, n int) ssa.Value {
	if !c.IsInvoke() && c.Signature().Recv() != nil {
		n++
	}
	if n < 0 || n >= len(c.Args) {
		return nil
	}
	return c.Args[n]
}

// Receiver returns the receiver of a method call, or nil.
func Receiver(c *ssa.CallCommon) ssa.Value {
	switch {
	case c.IsInvoke():
		return c.Value
	case c.Signature().Recv() != nil && len(c.Args) > 0:
		return c.Args[0]
	}
	return nil
}

// Result returns the value of result i of a call; nil if it is not used.
func Result(call ssa.CallInstruction, i int) ssa.Value {
	v := call.Value()
	if v == nil {
		return nil // go or defer
	}
	n := call.Common().Signature().Results().Len()
	switch {
	case i < 0 || i >= n:
		return nil
	case n == 1:
		return v
	}
	for _, ref := range *v.Referrers() {
		if ex, ok := ref.(*ssa.Extract); ok && ex.Index == i {
			return ex
		}
	}
	return nil
}

// Error returns the value of the last result of a call if that is an error; nil if
// it is none or is not used.
func Error(call ssa.CallInstruction) ssa.Value {
	if !ReturnsError(call.Common().Signature()) {
		return nil
	}
	return Result(call, call.Common().Signature().Results().Len()-1)
}

// ReturnsError reports whether the last result is an error.
func ReturnsError(sig *types.Signature) bool {
	n := sig.Results().Len()
	return n > 0 && types.Identical(sig.Results().At(n-1).Type(), ErrorType)
}

// Function returns the function with source behind a function value: a declared
// function, a literal, or the method of a method value; nil if it is unknown.
func Function(v ssa.Value) *ssa.Function {
	switch v := v.(type) {
	case *ssa.Function:
		return Declared(v)
	case *ssa.MakeClosure:
		return Declared(v.Fn.(*ssa.Function))
	case *ssa.ChangeType:
		return Function(v.X)
	case *ssa.MakeInterface:
		return Function(v.X)
	}
	return nil
}

// Declared returns the method that a bound method wrapper or thunk wraps, the generic
// function of an instance, and any other function itself.
func Declared(fn *ssa.Function) *ssa.Function {
	if o := fn.Origin(); o != nil {
		return o
	}
	if fn.Synthetic != "" && fn.Parent() == nil {
		if obj, ok := fn.Object().(*types.Func); ok {
			if m := fn.Prog.FuncValue(obj.Origin()); m != nil {
				return m
			}
		}
	}
	return fn
}

// Literals returns the function literals that instr makes or passes on: a closure,
// or a literal that captures nothing given as an argument.
func Literals(c *ssa.CallCommon) map[int]*ssa.Function {
	lits := map[int]*ssa.Function{}
	for i, a := range c.Args {
		if fn := Function(a); fn != nil {
			lits[i] = fn
		}
	}
	return lits
}
