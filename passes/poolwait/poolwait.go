package poolwait

import (
	_ "embed"
	"fmt"

	"golang.org/x/tools/go/analysis"

	"github.com/connlint/connlint/internal/directive"
	"github.com/connlint/connlint/internal/pools"
	"github.com/connlint/connlint/internal/roots"
	"github.com/connlint/connlint/internal/ruledoc"
)

//go:embed doc.go
var doc string

// Analyzer reports calls that can wait for a connection without end while a
// request is served.
var Analyzer = &analysis.Analyzer{
	Name:     "poolwait",
	Doc:      ruledoc.Extract(doc),
	URL:      "https://pkg.go.dev/github.com/connlint/connlint/passes/poolwait",
	Run:      run,
	Requires: []*analysis.Analyzer{pools.Analyzer},
}

var strict bool

func init() {
	Analyzer.Flags.BoolVar(&strict, "strict", false, "also report waits that only the client ends, by going away")
}

func run(pass *analysis.Pass) (any, error) {
	report := directive.Filter(pass)
	res := pass.ResultOf[pools.Analyzer].(*pools.Result)
	for _, w := range res.Waits {
		if w.Class == pools.CtxRequest && !strict {
			continue
		}
		d := analysis.Diagnostic{
			Pos: w.Pos, End: w.End, URL: pass.Analyzer.URL,
			Message: fmt.Sprintf("%s%s: when the pool is exhausted, the %s hangs with it", fault(w), more(w), served(w)),
		}
		if w.Root != nil {
			d.Related = []analysis.RelatedInformation{{Pos: w.Root.Pos, Message: fmt.Sprintf("the %s is served from here", served(w))}}
		}
		for _, m := range w.More[:min(len(w.More), maxRelated)] {
			d.Related = append(d.Related, analysis.RelatedInformation{Pos: m.Pos, Message: fmt.Sprintf("so does %s", pools.ShortName(m.Callee))})
		}
		if edits := res.UseContext(w); edits != nil {
			d.SuggestedFixes = []analysis.SuggestedFix{{Message: fix(w), TextEdits: edits}}
		}
		report(d)
	}
	return nil, nil
}

func fault(w *pools.Wait) string {
	method := pools.ShortName(w.Method)
	why := "with a context that never ends"
	switch {
	case w.Root == nil:
		why = "without the context that the function was given"
	case w.Class == pools.CtxNone:
		why = "without a context"
	case w.Class == pools.CtxRequest:
		why = "with a context that only the client ends"
	}
	if w.Callee == "" {
		return fmt.Sprintf("%s %s waits for a connection without end", method, why)
	}
	return fmt.Sprintf("%s waits for a connection without end (%s %s, at %s)", pools.ShortName(w.Callee), method, why, w.Site)
}

// maxRelated bounds the further calls that a report points to.
const maxRelated = 10

func fix(w *pools.Wait) string {
	if w.Nowhere {
		return "Use the methods with a context where there is one"
	}
	return "Use " + w.With
}

// more says how many further functions of the same package are called here, or how
// often this one does the same.
func more(w *pools.Wait) string {
	n := len(w.More)
	if w.Nowhere {
		calls := "one more call"
		if n > 1 {
			calls = fmt.Sprintf("%d more calls", n)
		}
		return fmt.Sprintf(", and so in %s of this package, which does not use contexts", calls)
	}
	switch n {
	case 0:
		return ""
	case 1:
		return fmt.Sprintf(", and so does %s", pools.ShortName(w.More[0].Callee))
	default:
		return fmt.Sprintf(", and so do %d more functions of its package that are called here", n)
	}
}

func served(w *pools.Wait) string {
	switch {
	case w.Root == nil:
		return "caller"
	case w.Root.Word == roots.Loop:
		return "worker"
	}
	return w.Root.Word
}
