package lifecycle

import (
	"go/ast"
	"go/token"
)

// A callSite is the statement that a call stands in.
type callSite struct {
	call  *ast.CallExpr
	stmt  ast.Stmt   // the assignment or the call as a statement; nil for others
	list  []ast.Stmt // the statements among which stmt stands
	index int        // of stmt in list
	fn    *ast.FuncType
}

// A loopSite is a for loop whose condition is a call.
type loopSite struct {
	loop *ast.ForStmt
	fn   *ast.FuncType
}

// sites finds the statements of calls by the position of the opening parenthesis,
// as SSA has it.
type sites struct {
	calls map[token.Pos]*callSite
	loops map[token.Pos]*loopSite
	conds map[token.Pos]ast.Expr // by the position that SSA gives a condition
}

// sitesOf reads the syntax of the package once, when first asked.
func (e *engine) sitesOf() *sites {
	if e.sites != nil {
		return e.sites
	}
	e.sites = &sites{calls: map[token.Pos]*callSite{}, loops: map[token.Pos]*loopSite{}, conds: map[token.Pos]ast.Expr{}}
	for _, file := range e.pass.Files {
		v := &siteVisitor{sites: e.sites}
		ast.Walk(v, file)
	}
	return e.sites
}

type siteVisitor struct {
	sites *sites
	fn    *ast.FuncType
}

func (v *siteVisitor) Visit(n ast.Node) ast.Visitor {
	switch t := n.(type) {
	case *ast.FuncDecl:
		return &siteVisitor{v.sites, t.Type}
	case *ast.FuncLit:
		return &siteVisitor{v.sites, t.Type}
	case *ast.BlockStmt:
		v.list(t.List)
	case *ast.CaseClause:
		v.list(t.Body)
	case *ast.CommClause:
		v.list(t.Body)
	case *ast.CallExpr:
		if v.sites.calls[t.Lparen] == nil {
			v.sites.calls[t.Lparen] = &callSite{call: t, fn: v.fn}
		}
	case *ast.AssignStmt: // also in the init of an if
		v.assign(t, nil, 0)
	case *ast.BinaryExpr:
		v.sites.conds[t.OpPos] = t
	case *ast.ForStmt:
		if call, ok := ast.Unparen(t.Cond).(*ast.CallExpr); ok && t.Cond != nil {
			v.sites.loops[call.Lparen] = &loopSite{t, v.fn}
		}
	}
	return v
}

func (v *siteVisitor) list(stmts []ast.Stmt) {
	for i, s := range stmts {
		switch t := s.(type) {
		case *ast.AssignStmt:
			v.assign(t, stmts, i)
		case *ast.ExprStmt:
			if call, ok := ast.Unparen(t.X).(*ast.CallExpr); ok {
				v.sites.calls[call.Lparen] = &callSite{call, s, stmts, i, v.fn}
			}
		case *ast.DeclStmt:
			if d, ok := t.Decl.(*ast.GenDecl); ok && len(d.Specs) == 1 {
				if spec, ok := d.Specs[0].(*ast.ValueSpec); ok && len(spec.Values) == 1 {
					if call, ok := ast.Unparen(spec.Values[0]).(*ast.CallExpr); ok {
						v.sites.calls[call.Lparen] = &callSite{call, s, stmts, i, v.fn}
					}
				}
			}
		}
	}
}

func (v *siteVisitor) assign(t *ast.AssignStmt, stmts []ast.Stmt, i int) {
	if len(t.Rhs) != 1 {
		return
	}
	call, ok := ast.Unparen(t.Rhs[0]).(*ast.CallExpr)
	if !ok {
		return
	}
	if old := v.sites.calls[call.Lparen]; old != nil && old.stmt != nil {
		return
	}
	v.sites.calls[call.Lparen] = &callSite{call, t, stmts, i, v.fn}
}

// lhs returns the expressions that the results of the call are assigned to.
func (c *callSite) lhs() []ast.Expr {
	switch t := c.stmt.(type) {
	case *ast.AssignStmt:
		return t.Lhs
	case *ast.DeclStmt:
		spec := t.Decl.(*ast.GenDecl).Specs[0].(*ast.ValueSpec)
		var out []ast.Expr
		for _, n := range spec.Names {
			out = append(out, n)
		}
		return out
	}
	return nil
}
