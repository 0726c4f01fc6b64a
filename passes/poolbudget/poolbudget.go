package poolbudget

import (
	_ "embed"
	"fmt"
	"go/token"

	"golang.org/x/tools/go/analysis"

	"github.com/connlint/connlint/internal/budget"
	"github.com/connlint/connlint/internal/directive"
	"github.com/connlint/connlint/internal/programs"
	"github.com/connlint/connlint/internal/ruledoc"
)

//go:embed doc.go
var doc string

// Analyzer reports programs that can open more connections than the server accepts.
var Analyzer = &analysis.Analyzer{
	Name:     "poolbudget",
	Doc:      ruledoc.Extract(doc),
	URL:      "https://pkg.go.dev/github.com/connlint/connlint/passes/poolbudget",
	Run:      run,
	Requires: []*analysis.Analyzer{programs.Analyzer},
}

// figures are those of the section poolbudget of .connlint.yml.
var figures budget.Config

func init() {
	Analyzer.Flags.Var(&figures, "figures", "the section poolbudget of .connlint.yml, as `text`: {max-connections: 100, workloads: [{name: api, replicas: 20}]}")
}

// Configured reports whether there are figures that pools could exceed. Without them the
// rule has nothing to say, and who runs it need not.
func Configured() bool {
	_, stated, err := figures.Limit()
	return stated || err != nil
}

func run(pass *analysis.Pass) (any, error) {
	res := pass.ResultOf[programs.Analyzer].(*programs.Result)
	if res.Program == nil {
		return nil, nil
	}
	limit, stated, err := figures.Limit()
	if err != nil {
		return nil, err
	}
	if !stated {
		return nil, nil // without figures there is nothing to exceed
	}
	b, err := budget.OfProgram(&figures, *res.Program, limit)
	if err != nil {
		return nil, err
	}
	if b.Over() != 0 {
		report(pass, res, b)
	}
	return nil, nil
}

func report(pass *analysis.Pass, res *programs.Result, b *budget.Budget) {
	d := analysis.Diagnostic{Pos: res.Main, URL: pass.Analyzer.URL}
	pos := token.NoPos
	for i, p := range res.Program.Pools {
		own := res.Own[i]
		if !own.IsValid() {
			continue
		}
		d.Related = append(d.Related, analysis.RelatedInformation{Pos: own, Message: "the pool " + p.Name + ": " + p.Why})
		if !pos.IsValid() && p.Max == budget.Unlimited {
			pos = own
		}
	}
	if pos.IsValid() {
		d.Pos = pos // the line that has to change
	}
	d.Message = message(b)
	directive.Filter(pass)(d)
}

func message(b *budget.Budget) string {
	for _, r := range b.Rows {
		if r.Sum == budget.Unlimited {
			return fmt.Sprintf("nothing limits the pool %s of %s opened at %s (%s): the server accepts %d connections, and the budget of all workloads is %d",
				r.Pool, r.Workload, r.Pos, r.Why, b.Limit.Max, b.Limit.Allowed())
		}
	}
	most := budget.Row{}
	for _, r := range b.Rows {
		if r.Sum > most.Sum {
			most = r
		}
	}
	return fmt.Sprintf("the workloads can open %d connections (%d replicas of %s with %d each lead): the server accepts %d, and the budget is %d",
		b.Sum, most.Replicas, most.Workload, most.Each, b.Limit.Max, b.Limit.Allowed())
}
