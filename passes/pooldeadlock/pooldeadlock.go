package pooldeadlock

import (
	_ "embed"
	"fmt"

	"golang.org/x/tools/go/analysis"

	"github.com/connlint/connlint/internal/directive"
	"github.com/connlint/connlint/internal/nested"
	"github.com/connlint/connlint/internal/ruledoc"
)

//go:embed doc.go
var doc string

// Analyzer reports second connections taken while a first one is held.
var Analyzer = &analysis.Analyzer{
	Name:     "pooldeadlock",
	Doc:      ruledoc.Extract(doc),
	URL:      "https://pkg.go.dev/github.com/connlint/connlint/passes/pooldeadlock",
	Run:      run,
	Requires: []*analysis.Analyzer{nested.Analyzer},
}

// small is the largest limit of a pool that a handful of concurrent callers exhaust.
const small = 4

func run(pass *analysis.Pass) (any, error) {
	report := directive.Filter(pass)
	for _, a := range pass.ResultOf[nested.Analyzer].(*nested.Result).Acquires {
		d := analysis.Diagnostic{
			Pos:     a.Pos,
			End:     a.End,
			Message: message(a),
			URL:     pass.Analyzer.URL,
			Related: []analysis.RelatedInformation{{Pos: a.HeldPos, Message: "the first connection is taken here"}},
		}
		if !a.Direct && (a.Max == 0 || a.Max > small) {
			d.Category = "risk"
		}
		for _, pos := range a.More {
			d.Related = append(d.Related, analysis.RelatedInformation{Pos: pos, Message: "and another one is wanted here"})
		}
		report(d)
	}
	return nil, nil
}

func message(a *nested.Acquire) string {
	call := a.Call
	switch {
	case a.Method == "":
		call += ", which is handed the pool,"
	case !a.Direct:
		call += " (" + a.Method + " at " + a.Site + ")"
	}
	return fmt.Sprintf("%s wants a second connection of the pool while %s holds one: %s", call, holder(a), harm(a))
}

// holder names what holds the first connection.
func holder(a *nested.Acquire) string {
	noun := map[string]string{"tx": "the transaction", "conn": "the connection", "rows": "the result set", "row": "the row", "batch": "the batch"}[string(a.Held)]
	switch {
	case a.Holder != "":
		return noun + " of " + a.Holder
	case a.Name != "":
		return noun + " " + a.Name
	}
	return noun
}

func harm(a *nested.Acquire) string {
	if a.Max == 1 {
		return "it is the only one, the call waits for ever"
	}
	if a.Max > 0 {
		return fmt.Sprintf("%d callers at a time and all wait for ever", a.Max)
	}
	return "with as many callers as connections all wait for ever"
}
