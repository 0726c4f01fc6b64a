package pools

import (
	"go/ast"
	"go/token"
	"go/types"
	"strconv"
	"strings"

	"golang.org/x/tools/go/analysis"
)

// InsertCalls returns the edits that call methods of a new pool once it is open:
// after the check of the error, if there is one. Each call is written as
// "SetMaxOpenConns(25)". There are none if the pool has no name, or no such
// methods, or the check cannot be told. The edits import the package time if a
// call mentions it.
func (r *Result) InsertCalls(p *Pool, calls ...string) []analysis.TextEdit {
	expr := r.callExpr(p.Call)
	if expr == nil || len(calls) == 0 || p.Name == "" || p.fields != "" {
		return nil
	}
	file := r.fileOf(expr.Pos())
	after := r.openedAfter(expr)
	if after == nil || !r.hasMethods(p, calls) {
		return nil
	}
	column := r.pass.Fset.Position(after.Pos()).Column
	indent := "\n" + strings.Repeat("\t", column-1)
	text, needsTime := "", false
	for _, c := range calls {
		text += indent + p.Name + "." + c
		needsTime = needsTime || strings.Contains(c, "time.")
	}
	edits := []analysis.TextEdit{{Pos: after.End(), End: after.End(), NewText: []byte(text)}}
	if needsTime {
		edit, ok := importTime(file)
		if !ok {
			return nil
		}
		if edit != nil {
			edits = append(edits, *edit)
		}
	}
	return edits
}

func (r *Result) hasMethods(p *Pool, calls []string) bool {
	t := p.holder()
	if t == nil {
		return false
	}
	for _, c := range calls {
		name, _, _ := strings.Cut(c, "(")
		obj, _, _ := types.LookupFieldOrMethod(t, true, r.pass.Pkg, name)
		if _, ok := obj.(*types.Func); !ok {
			return false
		}
	}
	return true
}

// openedAfter returns the statement after which the pool is open: the check of
// the error if the assignment has an error, else the assignment; nil if the call
// is no plain assignment in a block.
func (r *Result) openedAfter(call *ast.CallExpr) ast.Stmt {
	assign, ok := r.statementOf(call).(*ast.AssignStmt)
	if !ok || len(assign.Rhs) != 1 {
		return nil
	}
	list := r.blockOf(assign)
	for i, st := range list {
		if st != ast.Stmt(assign) {
			continue
		}
		if len(assign.Lhs) == 1 {
			return assign
		}
		if i+1 < len(list) {
			if check, ok := list[i+1].(*ast.IfStmt); ok && check.Init == nil && check.Else == nil && isErrorCheck(check.Cond) && leaves(check.Body) {
				return check
			}
		}
	}
	return nil
}

// isErrorCheck reports whether cond is err != nil.
func isErrorCheck(cond ast.Expr) bool {
	b, ok := ast.Unparen(cond).(*ast.BinaryExpr)
	if !ok || b.Op != token.NEQ {
		return false
	}
	y, ok := b.Y.(*ast.Ident)
	return ok && y.Name == "nil"
}

// leaves reports whether a block ends by leaving the function, for all that the
// syntax shows.
func leaves(b *ast.BlockStmt) bool {
	if len(b.List) == 0 {
		return false
	}
	switch last := b.List[len(b.List)-1].(type) {
	case *ast.ReturnStmt:
		return true
	case *ast.ExprStmt:
		call, ok := last.X.(*ast.CallExpr)
		if !ok {
			return false
		}
		name := types.ExprString(call.Fun)
		return name == "panic" || strings.Contains(name, "Fatal") || strings.Contains(name, "Exit") || strings.Contains(name, "Panic")
	}
	return false
}

// blockOf returns the list of statements that st is in.
func (r *Result) blockOf(st ast.Stmt) []ast.Stmt {
	var list []ast.Stmt
	ast.Inspect(r.fileOf(st.Pos()), func(n ast.Node) bool {
		if n == nil || st.Pos() < n.Pos() || st.End() > n.End() {
			return false
		}
		switch n := n.(type) {
		case *ast.BlockStmt:
			list = n.List
		case *ast.CaseClause:
			list = n.Body
		case *ast.CommClause:
			list = n.Body
		}
		return true
	})
	return list
}

func (r *Result) fileOf(pos token.Pos) *ast.File {
	for _, f := range r.pass.Files {
		if f.FileStart <= pos && pos < f.FileEnd {
			return f
		}
	}
	return nil
}

// importTime returns the edit that imports the package time, nil if it is
// imported; not ok if the name is taken or the file has no import block.
func importTime(file *ast.File) (edit *analysis.TextEdit, ok bool) {
	var block *ast.GenDecl
	for _, d := range file.Decls {
		g, isGen := d.(*ast.GenDecl)
		if !isGen || g.Tok != token.IMPORT {
			continue
		}
		for _, s := range g.Specs {
			spec := s.(*ast.ImportSpec)
			if spec.Path.Value == strconv.Quote("time") {
				return nil, spec.Name == nil
			}
		}
		if block == nil && g.Lparen.IsValid() {
			block = g
		}
	}
	if block == nil || len(block.Specs) == 0 {
		return nil, false
	}
	after := block.Specs[0].(*ast.ImportSpec)
	for _, s := range block.Specs {
		spec := s.(*ast.ImportSpec)
		if path, _ := strconv.Unquote(spec.Path.Value); path < "time" && !strings.Contains(path, ".") && spec.Name == nil {
			after = spec
		}
	}
	return &analysis.TextEdit{Pos: after.End(), End: after.End(), NewText: []byte("\n\t\"time\"")}, true
}

// UseContext returns the edits that give the wait the context that is in scope: db.Query(q)
// becomes db.QueryContext(ctx, q). There are none if no context is in scope or the call has
// no such variant. Those that are one fault with it are fixed with it, or none: where some
// are fixed, each of the others is a fault of its own.
func (r *Result) UseContext(w *Wait) []analysis.TextEdit {
	edits := r.useContext(w)
	for _, o := range w.same {
		more := r.useContext(o)
		if more == nil || edits == nil {
			return nil
		}
		edits = append(edits, more...)
	}
	return edits
}

func (r *Result) useContext(w *Wait) []analysis.TextEdit {
	if w.With == "" || w.expr == nil {
		return nil
	}
	sel, ok := ast.Unparen(w.expr.Fun).(*ast.SelectorExpr)
	if !ok {
		return nil
	}
	ctx := r.contextInScope(w.expr.Pos())
	if ctx == "" {
		return nil
	}
	args := ctx
	switch {
	case len(w.expr.Args) > 0:
		args += ", "
	case strings.HasPrefix(w.With, "Begin") || strings.HasPrefix(w.With, "MustBegin"):
		args += ", nil"
	}
	return []analysis.TextEdit{
		{Pos: sel.Sel.Pos(), End: sel.Sel.End(), NewText: []byte(w.With)},
		{Pos: w.expr.Lparen + 1, End: w.expr.Lparen + 1, NewText: []byte(args)},
	}
}

// contextInScope returns an expression for a context that a parameter around pos
// gives: the parameter, or that of an *http.Request.
func (r *Result) contextInScope(pos token.Pos) string {
	innermost := r.pass.Pkg.Scope().Innermost(pos)
	for scope := innermost; scope != nil && scope != r.pass.Pkg.Scope(); scope = scope.Parent() {
		request := ""
		for _, name := range scope.Names() {
			v, ok := scope.Lookup(name).(*types.Var)
			if !ok || v.Pos() > pos || name == "_" {
				continue
			}
			if _, found := innermost.LookupParent(name, pos); found != v {
				continue // shadowed
			}
			switch {
			case isContext(v.Type()):
				return name
			case v.Type().String() == "*net/http.Request":
				request = name + ".Context()"
			}
		}
		if request != "" {
			return request
		}
	}
	return ""
}
