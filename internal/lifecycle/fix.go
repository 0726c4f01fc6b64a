package lifecycle

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"strings"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/ssa"

	"github.com/connlint/connlint/internal/catalog"
)

// fixes returns the suggested fixes of a fault: only what compiles and leaves the
// path that worked as it was.
func (e *engine) fixes(f *Fault) []analysis.SuggestedFix {
	site := e.sitesOf().calls[f.ob.site.Pos()]
	if site == nil || f.Wrapper != "" {
		return nil
	}
	switch f.Sort {
	case Leak, TxHeld:
		return e.deferFix(f, site)
	case Discarded:
		return execFix(f, site)
	case ErrUnread:
		return e.errFix(f)
	}
	return nil
}

// deferFix inserts the deferred release after the error check that follows the
// acquire.
func (e *engine) deferFix(f *Fault, site *callSite) []analysis.SuggestedFix {
	ob := f.ob
	at := ob.site.(ssa.Instruction)
	if ob.leaves || ob.onErr != "" || isYield(ob.fn) || e.follows(at.Block(), at.Block()) || isYield(at.Parent()) || ob.kind == catalog.Row || site.list == nil {
		return nil
	}
	name := e.variable(ob)
	if name == "" || name == "_" || strings.Contains(name, ".") {
		return nil
	}
	if a, ok := site.stmt.(*ast.AssignStmt); ok && a.Tok != token.DEFINE && e.outer(a.Lhs[ob.result]) {
		return nil
	}
	release, ok := e.releaseCall(ob, site, name)
	if !ok {
		return nil
	}
	after := site.stmt
	if ob.err != nil || len(site.lhs()) > 1 {
		check := errorCheck(site)
		if check == nil {
			return nil
		}
		after = check
	}
	if f.Exit.IsValid() && f.Exit < after.End() {
		return nil // it is open although there is an error: the defer would come too late
	}
	return []analysis.SuggestedFix{{
		Message: "Insert defer " + release,
		TextEdits: []analysis.TextEdit{{
			Pos: after.End(), End: after.End(),
			NewText: []byte("\n" + e.indent(after.Pos()) + "defer " + release),
		}},
	}}
}

// outer reports whether the variable belongs to an enclosing function: its
// resource may outlive this one.
func (e *engine) outer(lhs ast.Expr) bool {
	id, ok := lhs.(*ast.Ident)
	if !ok {
		return true
	}
	obj, ok := e.pass.TypesInfo.ObjectOf(id).(*types.Var)
	return !ok || obj.Parent() == e.pass.Pkg.Scope()
}

// releaseCall returns the text of the call that releases the resource.
func (e *engine) releaseCall(ob *obligation, site *callSite, name string) (string, bool) {
	method := "Close"
	switch {
	case ob.kind == catalog.Tx:
		method = "Rollback"
	case e.releaseWords(ob) == "Release":
		method = "Release"
	}
	obj, _, _ := types.LookupFieldOrMethod(ob.typ, true, e.pass.Pkg, method)
	fn, ok := obj.(*types.Func)
	if !ok {
		return "", false
	}
	params := fn.Signature().Params()
	switch {
	case params.Len() == 0:
		return name + "." + method + "()", true
	case params.Len() == 1 && isContext(params.At(0).Type()):
		if ctx := contextArg(site, e.pass.TypesInfo); ctx != "" {
			return name + "." + method + "(" + ctx + ")", true
		}
	}
	return "", false
}

// contextArg returns the context that the acquire was called with, if it is a name.
func contextArg(site *callSite, info *types.Info) string {
	for _, a := range site.call.Args {
		if id, ok := ast.Unparen(a).(*ast.Ident); ok {
			if t := info.TypeOf(a); t != nil && isContext(t) {
				return id.Name
			}
		}
	}
	return ""
}

// errorCheck returns the if statement right after the acquire that leaves when its
// error is not nil:
//
//	rows, err := db.Query(q)
//	if err != nil {
//		return err
//	}
func errorCheck(site *callSite) ast.Stmt {
	lhs := site.lhs()
	errName, ok := lhs[len(lhs)-1].(*ast.Ident)
	if !ok || site.index+1 >= len(site.list) {
		return nil
	}
	check, ok := site.list[site.index+1].(*ast.IfStmt)
	if !ok || check.Init != nil || check.Else != nil || len(check.Body.List) == 0 {
		return nil
	}
	cond, ok := ast.Unparen(check.Cond).(*ast.BinaryExpr)
	if !ok || cond.Op != token.NEQ {
		return nil
	}
	x, ok := cond.X.(*ast.Ident)
	y, ok2 := cond.Y.(*ast.Ident)
	if !ok || !ok2 || x.Name != errName.Name || y.Name != "nil" {
		return nil
	}
	switch last := check.Body.List[len(check.Body.List)-1].(type) {
	case *ast.ReturnStmt:
		return check
	case *ast.ExprStmt:
		if call, ok := last.X.(*ast.CallExpr); ok {
			name := types.ExprString(call.Fun)
			if name == "panic" || strings.Contains(name, "Fatal") || name == "os.Exit" {
				return check
			}
		}
	}
	return nil
}

// execFix turns a Query whose rows are thrown away into an Exec.
func execFix(f *Fault, site *callSite) []analysis.SuggestedFix {
	sel, ok := site.call.Fun.(*ast.SelectorExpr)
	if !ok || f.Kind != catalog.Rows || site.stmt == nil {
		return nil
	}
	if lhs := site.lhs(); len(lhs) > 0 {
		if id, ok := lhs[0].(*ast.Ident); !ok || id.Name != "_" {
			return nil // a variable of another type
		}
	}
	if lhs := site.lhs(); len(lhs) > 0 {
		// A variable would have another type: it has other uses, or this would not compile.
		if id, ok := lhs[0].(*ast.Ident); !ok || id.Name != "_" {
			return nil
		}
	}
	exec := map[string]string{"Query": "Exec", "QueryContext": "ExecContext", "Queryx": "Exec", "QueryxContext": "ExecContext"}[sel.Sel.Name]
	if exec == "" {
		return nil
	}
	return []analysis.SuggestedFix{{
		Message:   fmt.Sprintf("Use %s", exec),
		TextEdits: []analysis.TextEdit{{Pos: sel.Sel.Pos(), End: sel.Sel.End(), NewText: []byte(exec)}},
	}}
}

// errFix inserts the check of the iteration error after the loop.
func (e *engine) errFix(f *Fault) []analysis.SuggestedFix {
	if len(f.Path) == 0 {
		return nil
	}
	site := e.sitesOf().loops[f.Path[0].Pos]
	if site == nil || site.fn == nil || site.fn.Results == nil {
		return nil
	}
	sel, ok := ast.Unparen(site.loop.Cond).(*ast.CallExpr).Fun.(*ast.SelectorExpr)
	if !ok {
		return nil
	}
	recv, ok := sel.X.(*ast.Ident)
	if !ok {
		return nil
	}
	zeros, ok := e.zeroResults(site.fn)
	if !ok {
		return nil
	}
	in := e.indent(site.loop.Pos())
	text := fmt.Sprintf("\n%sif err := %s.Err(); err != nil {\n%s\treturn %serr\n%s}", in, recv.Name, in, zeros, in)
	return []analysis.SuggestedFix{{
		Message:   "Check " + recv.Name + ".Err after the loop",
		TextEdits: []analysis.TextEdit{{Pos: site.loop.End(), End: site.loop.End(), NewText: []byte(text)}},
	}}
}

// zeroResults returns the zero values of all results but the last, an error, each
// followed by a comma.
func (e *engine) zeroResults(fn *ast.FuncType) (string, bool) {
	var ts []types.Type
	for _, field := range fn.Results.List {
		t := e.pass.TypesInfo.TypeOf(field.Type)
		for range max(1, len(field.Names)) {
			ts = append(ts, t)
		}
	}
	if len(ts) == 0 || !isError(ts[len(ts)-1]) {
		return "", false
	}
	var b strings.Builder
	for _, t := range ts[:len(ts)-1] {
		switch u := t.Underlying().(type) {
		case *types.Basic:
			switch info := u.Info(); {
			case info&types.IsNumeric != 0:
				b.WriteString("0, ")
			case info&types.IsString != 0:
				b.WriteString(`"", `)
			case info&types.IsBoolean != 0:
				b.WriteString("false, ")
			default:
				return "", false
			}
		case *types.Pointer, *types.Slice, *types.Map, *types.Chan, *types.Signature:
			b.WriteString("nil, ")
		case *types.Interface:
			if _, ok := t.(*types.TypeParam); ok {
				return "", false
			}
			b.WriteString("nil, ")
		default:
			return "", false
		}
	}
	return b.String(), true
}

// indent returns the white space that a line with a statement at pos starts with.
func (e *engine) indent(pos token.Pos) string {
	column := e.pass.Fset.PositionFor(pos, false).Column
	return strings.Repeat("\t", max(0, column-1))
}
