package connretry

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/tools/go/analysis"

	"github.com/connlint/connlint/internal/directive"
	"github.com/connlint/connlint/internal/retry"
	"github.com/connlint/connlint/internal/ruledoc"
)

//go:embed doc.go
var doc string

// Analyzer reports connection errors that the code does not survive.
var Analyzer = &analysis.Analyzer{
	Name:     "connretry",
	Doc:      ruledoc.Extract(doc),
	URL:      "https://pkg.go.dev/github.com/connlint/connlint/passes/connretry",
	Run:      run,
	Requires: []*analysis.Analyzer{retry.Analyzer},
}

// on holds the categories that are reported.
var on = categories{retry.Startup, retry.Dead}

func init() {
	Analyzer.Flags.Var(&on, "on", "comma-separated `categories` to report, or all: "+categories(retry.Categories).String())
}

func run(pass *analysis.Pass) (any, error) {
	report := directive.Filter(pass)
	for _, f := range pass.ResultOf[retry.Analyzer].(*retry.Result).Faults {
		if !slices.Contains(on, f.Category) {
			continue
		}
		d := analysis.Diagnostic{
			Pos:      f.Pos,
			End:      f.End,
			Category: string(f.Category),
			Message:  message(f),
			URL:      pass.Analyzer.URL,
		}
		if f.Related.IsValid() {
			d.Related = []analysis.RelatedInformation{{Pos: f.Related, Message: related(f)}}
		}
		report(d)
	}
	return nil, nil
}

func message(f *retry.Fault) string {
	switch f.Category {
	case retry.Startup:
		what := f.What
		if f.Through != "" {
			what = f.Through + " (" + what + ")"
		}
		if !f.Dies {
			return fmt.Sprintf("%s is tried once when the pool is opened: a database that comes up a little later, or fails over, ends the start of the program", what)
		}
		return fmt.Sprintf("the process ends when %s fails once: a database that comes up a little later, or fails over, costs a crash loop", what)
	case retry.Once:
		return fmt.Sprintf("%s is tried once for a request: a failover in the middle of the %s fails it", f.What, noun(f))
	case retry.Dead:
		return fmt.Sprintf("%s is tried again on the same %s: once that is lost, every further attempt fails as well", f.What, noun(f))
	case retry.Storm:
		return fmt.Sprintf("%s is tried again without pause or end: a database that is away is met with a storm of attempts", f.What)
	case retry.Blind:
		return fmt.Sprintf("%s is done again whatever the error is: a write whose answer was lost happens twice", f.What)
	case retry.Match:
		return fmt.Sprintf("a lost connection is recognised by %q: use errors.Is(err, driver.ErrBadConn), errors.As with net.Error, or the SQLSTATE (class 08, 57P)", f.What)
	case retry.Single:
		return fmt.Sprintf("one connection is kept in %s for as long as the program runs: when it is lost, nothing replaces it", f.What)
	}
	return f.What
}

// noun names what a retry keeps using.
func noun(f *retry.Fault) string {
	n := map[string]string{"tx": "transaction", "conn": "connection"}[string(f.Kind)]
	if f.Name != "" {
		n += " " + f.Name
	}
	return n
}

func related(f *retry.Fault) string {
	if f.Category == retry.Once {
		return "the request is served from here"
	}
	return "made here, before the first attempt"
}

// categories is a flag: a list of categories, or "all".
type categories []retry.Category

func (c categories) String() string {
	var names []string
	for _, k := range c {
		names = append(names, string(k))
	}
	return strings.Join(names, ",")
}

func (c *categories) Set(s string) error {
	*c = nil
	for _, name := range strings.Split(s, ",") {
		switch k := retry.Category(strings.TrimSpace(name)); {
		case k == "all":
			*c = slices.Clone(retry.Categories)
		case slices.Contains(retry.Categories, k):
			*c = append(*c, k)
		case k != "":
			return fmt.Errorf("unknown category %q: there are %s", k, categories(retry.Categories))
		}
	}
	return nil
}
