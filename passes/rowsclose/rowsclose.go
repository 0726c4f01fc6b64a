package rowsclose

import (
	_ "embed"

	"golang.org/x/tools/go/analysis"

	"github.com/connlint/connlint/internal/catalog"
	"github.com/connlint/connlint/internal/directive"
	"github.com/connlint/connlint/internal/lifecycle"
	"github.com/connlint/connlint/internal/ruledoc"
)

//go:embed doc.go
var doc string

// Analyzer reports result sets that are not given back on every path.
var Analyzer = &analysis.Analyzer{
	Name:     "rowsclose",
	Doc:      ruledoc.Extract(doc),
	URL:      "https://pkg.go.dev/github.com/connlint/connlint/passes/rowsclose",
	Run:      run,
	Requires: []*analysis.Analyzer{lifecycle.Analyzer},
}

var strict bool

func init() {
	Analyzer.Flags.BoolVar(&strict, "strict", false, "want Close also where the rows are read to the end: a panic on the way would leak")
}

func run(pass *analysis.Pass) (any, error) {
	report := directive.Filter(pass)
	for _, f := range pass.ResultOf[lifecycle.Analyzer].(*lifecycle.Result).Faults {
		if f.Sort == lifecycle.ErrUnread || f.Sort == lifecycle.ErrLost || f.Sort == lifecycle.OnlyRead && !strict {
			continue
		}
		if f.Kind == catalog.Rows || f.Kind == catalog.Row || f.Kind == catalog.Batch {
			report(f.Diagnostic(pass))
		}
	}
	return nil, nil
}
