package ssafunc

import (
	"go/ast"
	"go/types"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/ssa"
)

// declared returns the declared functions and methods of the package in source
// order, init functions included.
func declared(pass *analysis.Pass, prog *ssa.Program) []*ssa.Function {
	var fns []*ssa.Function
	for _, file := range pass.Files {
		for _, decl := range file.Decls {
			decl, ok := decl.(*ast.FuncDecl)
			if !ok || decl.Body == nil {
				continue
			}
			obj, ok := pass.TypesInfo.Defs[decl.Name].(*types.Func)
			if !ok || obj.Name() == "_" {
				continue // a blank function has no object in SSA
			}
			if fn := prog.FuncValue(obj); fn != nil {
				fns = append(fns, fn)
			}
		}
	}
	return fns
}
