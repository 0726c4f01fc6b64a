package connclose

import (
	_ "embed"

	"golang.org/x/tools/go/analysis"

	"github.com/connlint/connlint/internal/catalog"
	"github.com/connlint/connlint/internal/directive"
	"github.com/connlint/connlint/internal/lifecycle"
	"github.com/connlint/connlint/internal/ruledoc"
	"github.com/connlint/connlint/internal/session"
)

//go:embed doc.go
var doc string

// Analyzer reports connections and pools that are not given back on every path.
var Analyzer = &analysis.Analyzer{
	Name:     "connclose",
	Doc:      ruledoc.Extract(doc),
	URL:      "https://pkg.go.dev/github.com/connlint/connlint/passes/connclose",
	Run:      run,
	Requires: []*analysis.Analyzer{lifecycle.Analyzer},
}

var state bool

func init() {
	Analyzer.Flags.BoolVar(&state, "state", false, "also report session state, such as SET, left on a connection that goes back to its pool")
}

func run(pass *analysis.Pass) (any, error) {
	report := directive.Filter(pass)
	result := pass.ResultOf[lifecycle.Analyzer].(*lifecycle.Result)
	for _, f := range result.Faults {
		if f.Sort == lifecycle.ErrUnread || f.Sort == lifecycle.ErrLost || f.Sort == lifecycle.OnlyRead {
			continue
		}
		if f.Kind == catalog.Conn || f.Kind == catalog.Pool {
			report(f.Diagnostic(pass))
		}
	}
	for _, k := range session.FindKept(result) {
		report(k.Diagnostic(pass))
	}
	if state {
		for _, l := range session.Find(result) {
			report(l.Diagnostic(pass))
		}
	}
	return nil, nil
}
