package rowserr

import (
	"fmt"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/ssa"

	"github.com/connlint/connlint/internal/catalog"
	"github.com/connlint/connlint/internal/fields"
	"github.com/connlint/connlint/internal/lifecycle"
	"github.com/connlint/connlint/internal/testcode"
)

// inFields returns the diagnostics for rows that an iterator keeps in a field: a function
// of the package asks for the next one, and nobody for the error behind the last.
func inFields(pass *analysis.Pass, result *lifecycle.Result) []analysis.Diagnostic {
	var found []analysis.Diagnostic
	scope := pass.Pkg.Scope()
	for _, name := range scope.Names() {
		typ, ok := scope.Lookup(name).(*types.TypeName)
		if !ok || typ.IsAlias() {
			continue
		}
		st, ok := typ.Type().Underlying().(*types.Struct)
		if !ok {
			continue
		}
		for field := range st.Fields() {
			if kind, _ := result.SSA.Catalog.KindOf(field.Type()); kind != catalog.Rows || !fields.Private(field) {
				continue
			}
			if pos := unasked(result, field.Origin()); pos.IsValid() {
				found = append(found, analysis.Diagnostic{
					Pos: pos,
					Message: fmt.Sprintf("iteration error of the rows in field %s of %s is not checked when they end: a connection lost halfway looks like a short result",
						field.Name(), name),
					URL: pass.Analyzer.URL,
				})
			}
		}
	}
	return found
}

// unasked returns the first place where the rows in a field are asked for the next one and
// nobody asks for their error behind it, or NoPos. Who asks for it and reads nothing, asks
// for others.
func unasked(result *lifecycle.Result, field *types.Var) token.Pos {
	made, known := fields.Calls(result.SSA, field)
	if !known {
		return token.NoPos
	}
	checks, reads := map[*ssa.Function]bool{}, map[*ssa.Function]bool{}
	first := token.NoPos
	for _, call := range made {
		name, fn := result.SSA.NameOf(call.Common()), call.Parent()
		if len(result.SSA.Catalog.Lookup(name, "check")) > 0 {
			checks[fn] = true
		}
		if len(result.SSA.Catalog.Lookup(name, "exhaust")) > 0 && !testcode.Has(fn) {
			reads[fn] = true
			first = earlier(first, call.Pos())
		}
	}
	if len(checks) == 0 {
		return first
	}
	for fn := range checks {
		if !reads[fn] {
			return token.NoPos
		}
	}
	first = token.NoPos
	for _, pos := range result.UnreadFields[field] {
		first = earlier(first, pos)
	}
	return first
}

// earlier returns the earlier of two positions, the first of which may be NoPos.
func earlier(a, b token.Pos) token.Pos {
	if !a.IsValid() {
		return b
	}
	return min(a, b)
}
