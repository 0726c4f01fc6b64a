package ssafunc

import (
	"go/ast"
	"go/types"
	"maps"
	"slices"
)

// without returns the files without the bodies of the functions that drop chooses, as if
// they were written in assembly: nothing is known of them.
func without(files []*ast.File, info *types.Info, drop func(*ast.BlockStmt) bool) ([]*ast.File, *types.Info) {
	cloned := false
	for i, file := range files {
		for j, decl := range file.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if !ok || fn.Body == nil || !drop(fn.Body) {
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

// withoutInvalid leaves out the functions and the initial values of variables that use
// something without a type, such as a constant that a dependency has from cgo: what it
// is, only the C compiler knows.
func withoutInvalid(files []*ast.File, info *types.Info) ([]*ast.File, *types.Info) {
	files, info = without(files, info, func(body *ast.BlockStmt) bool { return usesInvalid(body, info) })
	info = shallow(info)
	info.InitOrder = slices.DeleteFunc(slices.Clone(info.InitOrder), func(init *types.Initializer) bool {
		return usesInvalid(init.Rhs, info)
	})
	return files, info
}

// usesInvalid reports whether something in n has no type.
func usesInvalid(n ast.Node, info *types.Info) bool {
	found := false
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Ident:
			obj := info.ObjectOf(n)
			switch obj.(type) {
			case *types.Const, *types.Var, *types.Func, *types.TypeName:
				found = found || invalid(obj.Type())
			}
		case *ast.CallExpr, *ast.CompositeLit, *ast.IndexExpr, *ast.SelectorExpr:
			if sel, ok := n.(*ast.SelectorExpr); ok {
				if id, ok := sel.X.(*ast.Ident); ok {
					if _, ok := info.Uses[id].(*types.PkgName); ok {
						return true // of another package: its object tells
					}
				}
			}
			found = found || invalid(info.TypeOf(n.(ast.Expr)))
		}
		return !found
	})
	return found
}

func invalid(t types.Type) bool { return t == nil || t == types.Typ[types.Invalid] }
