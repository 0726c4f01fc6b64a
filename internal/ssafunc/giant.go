package ssafunc

import (
	"go/ast"
	"go/token"
	"go/types"
)

// maxForm is how many bytes go/ssa may allocate for one function, at the worst. It keeps
// lists of the blocks that join others, and a list of the variables at every fork: their
// number counts by its square. Only programs write functions that large.
const maxForm = 1 << 30

// withoutGiants leaves out the bodies of functions whose form would be too large.
func withoutGiants(files []*ast.File, info *types.Info) ([]*ast.File, *types.Info) {
	return without(files, info, func(body *ast.BlockStmt) bool { return giant(body, info) })
}

// giant reports whether the body of a function, or of a literal in it, is too large.
func giant(body *ast.BlockStmt, info *types.Info) bool {
	if body.End()-body.Pos() < 20000 {
		return false // the usual case, without a look at it
	}
	forks, vars, inside := 0, 0, false
	ast.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			inside = inside || giant(n.Body, info)
			return false
		case *ast.IfStmt, *ast.ForStmt, *ast.RangeStmt, *ast.CaseClause, *ast.CommClause:
			forks++
		case *ast.BinaryExpr:
			if n.Op == token.LAND || n.Op == token.LOR {
				forks++
			}
		case *ast.Ident:
			if _, ok := info.Defs[n].(*types.Var); ok {
				vars++
			}
		}
		return true
	})
	return inside || 16*forks*(forks+vars) > maxForm
}
