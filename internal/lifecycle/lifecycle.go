// Package lifecycle follows resources: on which paths does what a call acquired
// stay unreleased, and who owns it then? It reports nothing and knows no driver by
// name; the rules ask it.
package lifecycle

import (
	"reflect"

	"golang.org/x/tools/go/analysis"

	"github.com/connlint/connlint/internal/ssafunc"
)

// Analyzer runs the engine over a package and summarizes its functions as facts.
var Analyzer = &analysis.Analyzer{
	Name:       "connlintlifecycle",
	Doc:        "follow database resources from acquire to release",
	Run:        run,
	Requires:   []*analysis.Analyzer{ssafunc.Analyzer},
	ResultType: reflect.TypeFor[*Result](),
	FactTypes:  []analysis.Fact{new(summary)},
}

func run(pass *analysis.Pass) (any, error) {
	return &Result{SSA: pass.ResultOf[ssafunc.Analyzer].(*ssafunc.Result)}, nil
}
