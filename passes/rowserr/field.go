package rowserr

import (
	"fmt"
	"go/types"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/ssa"

	"github.com/connlint/connlint/internal/catalog"
	"github.com/connlint/connlint/internal/fields"
	"github.com/connlint/connlint/internal/ssafunc"
	"github.com/connlint/connlint/internal/testcode"
)

// inFields returns the diagnostics for rows that an iterator keeps in a field: something
// in the package asks for the next one, and nothing for the error.
func inFields(pass *analysis.Pass, res *ssafunc.Result) []analysis.Diagnostic {
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
			if kind, _ := res.Catalog.KindOf(field.Type()); kind != catalog.Rows || !fields.Private(field) {
				continue
			}
			if call := neverAsked(res, field.Origin()); call != nil {
				found = append(found, analysis.Diagnostic{
					Pos: call.Pos(),
					Message: fmt.Sprintf("iteration error of the rows in field %s of %s is not checked anywhere in the package: a connection lost halfway looks like a short result",
						field.Name(), name),
					URL: pass.Analyzer.URL,
				})
			}
		}
	}
	return found
}

// neverAsked returns the first call that asks the rows in a field for the next one, if
// none asks them for their error.
func neverAsked(res *ssafunc.Result, field *types.Var) ssa.CallInstruction {
	made, known := fields.Calls(res, field)
	if !known {
		return nil
	}
	var first ssa.CallInstruction
	for _, call := range made {
		name := res.NameOf(call.Common())
		if len(res.Catalog.Lookup(name, "check")) > 0 {
			return nil
		}
		if len(res.Catalog.Lookup(name, "exhaust")) > 0 && !testcode.Has(call.Parent()) && (first == nil || call.Pos() < first.Pos()) {
			first = call
		}
	}
	return first
}
