package requestopen

import (
	_ "embed"
	"fmt"

	"golang.org/x/tools/go/analysis"

	"github.com/connlint/connlint/internal/catalog"
	"github.com/connlint/connlint/internal/directive"
	"github.com/connlint/connlint/internal/pools"
	"github.com/connlint/connlint/internal/roots"
	"github.com/connlint/connlint/internal/ruledoc"
)

//go:embed doc.go
var doc string

// Analyzer reports pools and connections that are opened where one request is
// served.
var Analyzer = &analysis.Analyzer{
	Name:     "requestopen",
	Doc:      ruledoc.Extract(doc),
	URL:      "https://pkg.go.dev/github.com/connlint/connlint/passes/requestopen",
	Run:      run,
	Requires: []*analysis.Analyzer{pools.Analyzer},
}

func run(pass *analysis.Pass) (any, error) {
	report := directive.Filter(pass)
	for _, o := range pass.ResultOf[pools.Analyzer].(*pools.Result).Opens {
		d := analysis.Diagnostic{
			Pos:     o.Pos,
			End:     o.End,
			Message: fmt.Sprintf("%s opens a %s for every %s: %s", opener(o), thing(o), o.Root.Word, harm(o)),
			URL:     pass.Analyzer.URL,
			Related: []analysis.RelatedInformation{{Pos: o.Root.Pos, Message: served(o)}},
		}
		if o.Via.IsValid() {
			d.Related = append(d.Related, analysis.RelatedInformation{Pos: o.Via, Message: "which is called here"})
		}
		if o.Opened.IsValid() {
			d.Related = append(d.Related, analysis.RelatedInformation{Pos: o.Opened, Message: "and opened here"})
		}
		report(d)
	}
	return nil, nil
}

// opener names the call: the driver's function, or the function that calls it and
// hands out what it opened.
func opener(o *pools.Open) string {
	if o.Callee != "" {
		return fmt.Sprintf("%s (%s at %s)", pools.ShortName(o.Callee), pools.ShortName(o.Method), o.Site)
	}
	return pools.ShortName(o.Method)
}

func thing(o *pools.Open) string {
	if o.Kind == catalog.Conn {
		return "connection"
	}
	return "pool"
}

func harm(o *pools.Open) string {
	switch {
	case o.Kind == catalog.Conn:
		return "each pays for a new session, and nothing keeps them below what the server accepts"
	case o.Overwrites != "":
		return fmt.Sprintf("it replaces %s, whose connections stay open until the server refuses new ones", o.Overwrites)
	}
	return "no limit holds across them, and the server refuses connections when enough run at once"
}

func served(o *pools.Open) string {
	if o.Root.Word == roots.Loop {
		return "this loop runs for ever"
	}
	return fmt.Sprintf("each %s is served by this function", o.Root.Word)
}
