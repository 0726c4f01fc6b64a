package ssafunc

import (
	"go/ast"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/ssa"
)

// createImports creates the packages that this one imports, with those members that
// code refers to. The package initializer and qualified identifiers refer to direct imports
// only; methods that are met by other ways are made then. With all members the
// packages would cost as much as the functions of a small unit.
//
// Package ssa takes members from a scope, which has all, or from declarations. It
// asks a list of constants for nothing but the objects behind the names, of whatever
// sort these are, and makes of each what it makes of an object from a scope.
func createImports(prog *ssa.Program, pass *analysis.Pass) {
	used := usedMembers(pass)
	for _, p := range pass.Pkg.Imports() {
		info := &types.Info{Defs: map[*ast.Ident]types.Object{}}
		names := new(ast.ValueSpec)
		for _, obj := range used[p] {
			id := ast.NewIdent(obj.Name())
			info.Defs[id] = obj
			names.Names = append(names.Names, id)
		}
		list := &ast.GenDecl{Tok: token.CONST, Specs: []ast.Spec{names}}
		prog.CreatePackage(p, []*ast.File{{Decls: []ast.Decl{list}}}, info, true)
	}
}

// usedMembers returns the functions, methods and variables of each other package that
// the package mentions.
func usedMembers(pass *analysis.Pass) map[*types.Package][]types.Object {
	used := map[*types.Package][]types.Object{}
	seen := map[types.Object]bool{}
	for _, obj := range pass.TypesInfo.Uses {
		if obj.Pkg() == nil || obj.Pkg() == pass.Pkg {
			continue
		}
		if fn, ok := obj.(*types.Func); ok {
			obj = fn.Origin()
		}
		if isMember(obj) && !seen[obj] {
			seen[obj] = true
			used[obj.Pkg()] = append(used[obj.Pkg()], obj)
		}
	}
	return used
}

// isMember reports whether package ssa has a function or variable for the object that
// belongs to its package.
func isMember(obj types.Object) bool {
	switch obj := obj.(type) {
	case *types.Func:
		recv := obj.Signature().Recv()
		return recv == nil || !types.IsInterface(recv.Type())
	case *types.Var:
		return obj.Parent() == obj.Pkg().Scope()
	}
	return false
}
