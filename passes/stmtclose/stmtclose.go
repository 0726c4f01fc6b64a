package stmtclose

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

// Analyzer reports prepared statements that are not given back on every path.
var Analyzer = &analysis.Analyzer{
	Name:     "stmtclose",
	Doc:      ruledoc.Extract(doc),
	URL:      "https://pkg.go.dev/github.com/connlint/connlint/passes/stmtclose",
	Run:      run,
	Requires: []*analysis.Analyzer{lifecycle.Analyzer},
}

func run(pass *analysis.Pass) (any, error) {
	report := directive.Filter(pass)
	for _, f := range pass.ResultOf[lifecycle.Analyzer].(*lifecycle.Result).Faults {
		if f.Sort == lifecycle.ErrUnread || f.Sort == lifecycle.ErrLost || f.Sort == lifecycle.OnlyRead {
			continue
		}
		if f.Kind == catalog.Stmt {
			report(f.Diagnostic(pass))
		}
	}
	return nil, nil
}
