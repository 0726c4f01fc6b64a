package txhold

import (
	_ "embed"
	"fmt"

	"golang.org/x/tools/go/analysis"

	"github.com/connlint/connlint/internal/catalog"
	"github.com/connlint/connlint/internal/directive"
	"github.com/connlint/connlint/internal/ruledoc"
	"github.com/connlint/connlint/internal/slow"
)

//go:embed doc.go
var doc string

// Analyzer reports waits for other things while a transaction or rows are open.
var Analyzer = &analysis.Analyzer{
	Name:     "txhold",
	Doc:      ruledoc.Extract(doc),
	URL:      "https://pkg.go.dev/github.com/connlint/connlint/passes/txhold",
	Run:      run,
	Requires: []*analysis.Analyzer{slow.Analyzer},
}

var channels bool

func init() {
	Analyzer.Flags.BoolVar(&channels, "channels", false, "report every channel operation that may block; else only a transaction held while values are sent one after another")
}

func run(pass *analysis.Pass) (any, error) {
	report := directive.Filter(pass)
	for _, h := range pass.ResultOf[slow.Analyzer].(*slow.Result).Holds {
		if h.Word == slow.Channel && !channels && !(h.Stream && h.Kind == catalog.Tx) {
			continue // most channels are drained by somebody who does nothing else
		}
		report(analysis.Diagnostic{
			Pos:     h.Pos,
			End:     h.End,
			Message: fmt.Sprintf("%s while %s: its connection%s is kept from everybody else for as long as that takes", wait(h), holder(h), locks(h)),
			URL:     pass.Analyzer.URL,
			Related: []analysis.RelatedInformation{{Pos: h.HeldPos, Message: "the connection is taken here"}},
		})
	}
	return nil, nil
}

// nouns are what is waited for.
var nouns = map[slow.Word]string{
	"http":       "an HTTP request",
	slow.GRPC:    "a remote procedure call",
	"sleep":      "a pause",
	"subprocess": "another process",
	"mail":       "a mail server",
	"dns":        "a name server",
	slow.Body:    "the client, who sends the request's body",
	slow.Channel: "a channel",
}

func wait(h *slow.Hold) string {
	switch {
	case h.Call == "":
		return "this waits for " + nouns[h.Word]
	case h.Through != "":
		return fmt.Sprintf("%s waits for %s (%s at %s)", h.Call, nouns[h.Word], h.Through, h.Site)
	}
	return h.Call + " waits for " + nouns[h.Word]
}

func holder(h *slow.Hold) string {
	what := "the result set"
	if h.Kind == "tx" {
		what = "the transaction"
	}
	if h.Name != "" {
		what += " " + h.Name
	}
	return what + " is open"
}

func locks(h *slow.Hold) string {
	if h.Kind == "tx" {
		return ", and every row it has locked,"
	}
	return ""
}
