package rowserr

import (
	_ "embed"

	"golang.org/x/tools/go/analysis"

	"github.com/connlint/connlint/internal/directive"
	"github.com/connlint/connlint/internal/lifecycle"
	"github.com/connlint/connlint/internal/ruledoc"
)

//go:embed doc.go
var doc string

// Analyzer reports iterations whose error nobody looks at.
var Analyzer = &analysis.Analyzer{
	Name:     "rowserr",
	Doc:      ruledoc.Extract(doc),
	URL:      "https://pkg.go.dev/github.com/connlint/connlint/passes/rowserr",
	Run:      run,
	Requires: []*analysis.Analyzer{lifecycle.Analyzer},
}

func run(pass *analysis.Pass) (any, error) {
	report := directive.Filter(pass)
	result := pass.ResultOf[lifecycle.Analyzer].(*lifecycle.Result)
	for _, f := range result.Faults {
		if f.Sort == lifecycle.ErrUnread || f.Sort == lifecycle.ErrLost {
			report(f.Diagnostic(pass))
		}
	}
	if result.SSA.Relevant {
		for _, d := range inFields(pass, result) {
			report(d)
		}
	}
	return nil, nil
}
