package pools

import (
	"cmp"
	"go/ast"
	"go/token"
	"slices"

	"golang.org/x/tools/go/ssa"
)

// callExpr returns the source of a call, or nil.
func (r *Result) callExpr(call ssa.CallInstruction) *ast.CallExpr {
	pos := call.Pos()
	var found *ast.CallExpr
	for _, file := range r.pass.Files {
		if pos < file.FileStart || pos >= file.FileEnd {
			continue
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if n == nil || found != nil || pos < n.Pos() || pos >= n.End() {
				return false
			}
			switch n := n.(type) {
			case *ast.CallExpr:
				if n.Lparen == pos {
					found = n
				}
			case *ast.GoStmt:
				if n.Go == pos {
					found = n.Call
				}
			case *ast.DeferStmt:
				if n.Defer == pos {
					found = n.Call
				}
			}
			return found == nil
		})
	}
	return found
}

// statementOf returns the innermost statement around an expression, or nil.
func (r *Result) statementOf(e ast.Expr) ast.Stmt {
	var found ast.Stmt
	for _, file := range r.pass.Files {
		if e.Pos() < file.FileStart || e.Pos() >= file.FileEnd {
			continue
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if n == nil || e.Pos() < n.Pos() || e.End() > n.End() {
				return false
			}
			if st, ok := n.(ast.Stmt); ok {
				found = st
			}
			return true
		})
	}
	return found
}

// sortBy sorts in source order.
func sortBy[T any](s []T, pos func(T) token.Pos) {
	slices.SortStableFunc(s, func(a, b T) int { return cmp.Compare(pos(a), pos(b)) })
}
