package ssafunc

import (
	"go/ast"
	"go/token"
	"go/types"
	"maps"
	"slices"
)

// maxForm is how many bytes go/ssa may allocate for one function, at the worst. It keeps
// lists of the blocks that join others, and a list of the variables at every fork: their
// number counts by its square. Only programs write functions that large.
const maxForm = 1 << 30

// withoutGiants returns the files without the bodies of functions whose form would be
// too large, as if they were written in assembly: nothing is known of them.
func withoutGiants(files []*ast.File, info *types.Info) ([]*ast.File, *types.Info) {
	cloned := false
	for i, file := range files {
		for j, decl := range file.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if !ok || fn.Body == nil || !giant(fn.Body, info) {
				continue
			}
			if !cloned {
				cloned = true
				// Others read both.
				files, info = slices.Clone(files), shallow(info)
				info.FileVersions = maps.Clone(info.FileVersions)
			}
			if files[i] == file {
				c := *file
				c.Decls = slices.Clone(file.Decls)
				files[i] = &c
				info.FileVersions[&c] = info.FileVersions[file]
			}
			c := *fn
			c.Body = nil
			files[i].Decls[j] = &c
		}
	}
	return files, info
}

func shallow(info *types.Info) *types.Info {
	c := *info
	return &c
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
