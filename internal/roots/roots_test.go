package roots_test

import (
	"path/filepath"
	"testing"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/analysistest"

	"github.com/connlint/connlint/internal/roots"
)

// reporter makes a diagnostic of each root.
var reporter = &analysis.Analyzer{
	Name:     "roots",
	Doc:      "report what serves",
	Requires: []*analysis.Analyzer{roots.Analyzer},
	Run: func(pass *analysis.Pass) (any, error) {
		for _, r := range pass.ResultOf[roots.Analyzer].(*roots.Result).Roots {
			pass.Reportf(r.Pos, "%s", r.Word)
		}
		return nil, nil
	},
}

func Test(t *testing.T) {
	dir, err := filepath.Abs("../../testdata")
	if err != nil {
		t.Fatal(err)
	}
	analysistest.Run(t, dir, reporter, "./roots")
}
