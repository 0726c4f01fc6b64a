package lifecycle

import (
	"go/token"
	"go/types"

	"golang.org/x/tools/go/ssa"
)

// endsProcess reports whether the process ends with fn, and with it every
// connection.
func endsProcess(fn *ssa.Function) bool {
	return fn.Name() == "main" && fn.Parent() == nil && fn.Signature.Recv() == nil && fn.Pkg != nil && fn.Pkg.Pkg.Name() == "main"
}

// endsWithMain reports whether main calls fn, once, nobody else does, and there is
// nothing left to do then but to say how it went:
//
//	if err := run(); err != nil {
//		log.Fatal(err)
//	}
func endsWithMain(fn *ssa.Function) bool {
	if fn.Parent() != nil || fn.Signature.Recv() != nil || fn.Pkg == nil || fn.Pkg.Pkg.Name() != "main" || token.IsExported(fn.Name()) {
		return false
	}
	var only *ssa.Call
	for _, m := range fn.Pkg.Members {
		caller, ok := m.(*ssa.Function)
		if !ok {
			continue
		}
		for _, b := range caller.Blocks {
			for _, instr := range b.Instrs {
				for _, op := range instr.Operands(nil) {
					if *op != ssa.Value(fn) {
						continue
					}
					call, ok := instr.(*ssa.Call)
					if !ok || only != nil || !endsProcess(caller) {
						return false
					}
					only = call
				}
			}
		}
	}
	return only != nil && nothingAfter(only)
}

// nothingAfter reports whether only what tells or ends runs after the call.
func nothingAfter(call *ssa.Call) bool {
	instrs := call.Block().Instrs
	for _, instr := range instrs[indexOf(call)+1:] {
		if works(instr) {
			return false
		}
	}
	seen := map[*ssa.BasicBlock]bool{}
	var visit func(b *ssa.BasicBlock) bool
	visit = func(b *ssa.BasicBlock) bool {
		if seen[b] {
			return true
		}
		seen[b] = true
		if b == call.Block() {
			return false // in a loop
		}
		for _, instr := range b.Instrs {
			if works(instr) {
				return false
			}
		}
		for _, succ := range b.Succs {
			if !visit(succ) {
				return false
			}
		}
		return true
	}
	for _, succ := range call.Block().Succs {
		if !visit(succ) {
			return false
		}
	}
	return true
}

// works reports whether an instruction may take its time: printing and exiting do not.
func works(instr ssa.Instruction) bool {
	switch t := instr.(type) {
	case *ssa.Call:
		if _, ok := t.Call.Value.(*ssa.Builtin); ok {
			return false
		}
		if t.Call.IsInvoke() {
			return t.Call.Method.Name() != "Error"
		}
		fn := t.Call.StaticCallee()
		if fn == nil {
			return true
		}
		obj, ok := fn.Object().(*types.Func)
		if !ok || obj.Pkg() == nil {
			return true
		}
		switch obj.Pkg().Path() {
		case "fmt", "log", "log/slog", "os", "errors", "strings":
			return false
		}
		return true
	case *ssa.Go, *ssa.Send, *ssa.Select:
		return true
	case *ssa.UnOp:
		return t.Op == token.ARROW
	}
	return false
}
