package driver

import (
	"maps"
	"path/filepath"
	"slices"

	"golang.org/x/tools/go/analysis"

	"github.com/connlint/connlint/internal/config"
	"github.com/connlint/connlint/internal/directive"
)

// Analyzers returns the rules that the configuration switches on, set up as it
// says, for programs that run analyzers themselves, such as golangci-lint. Names in
// the configuration are relative to dir. Since such programs have output, severities
// and baselines of their own, those keys are without effect.
//
// The flags of rules are set once for the process.
func Analyzers(c *config.Config, dir string) ([]*analysis.Analyzer, error) {
	for _, name := range slices.Sorted(maps.Keys(c.Rules)) {
		if err := setRuleFlags(findRule(name), c, nil); err != nil {
			return nil, err
		}
	}
	if err := setFigures(c, nil); err != nil {
		return nil, err
	}
	var files []string
	for _, name := range c.CatalogFiles {
		files = append(files, filepath.Join(dir, filepath.FromSlash(name)))
	}
	sources, err := catalogSources(c, files, c.Roots, dir)
	if err != nil {
		return nil, err
	}
	if _, err := useCatalog(sources); err != nil {
		return nil, err
	}
	excluded, err := config.NewMatcher(c.Exclude)
	if err != nil {
		return nil, err
	}
	if c.Generated != nil && *c.Generated {
		if err := directive.Analyzer.Flags.Set("generated", "true"); err != nil {
			return nil, err
		}
	}
	rules := newRuleSet(c, &options{})
	var out []*analysis.Analyzer
	for _, a := range rules.analyzers() {
		out = append(out, restrict(a, rules, excluded, dir))
	}
	return out, nil
}

// restrict returns a copy of the rule that does not report what is switched off or
// excluded, and no related places: golangci-lint would make an issue of each.
func restrict(a *analysis.Analyzer, rules *ruleSet, excluded *config.Matcher, dir string) *analysis.Analyzer {
	copied := *a
	copied.Run = func(pass *analysis.Pass) (any, error) {
		narrowed := *pass
		narrowed.Report = func(d analysis.Diagnostic) {
			file := relative(dir, pass.Fset.Position(d.Pos).Filename)
			if !rules.reports(a.Name, d.Category) || !filepath.IsAbs(file) && excluded.Match(file) {
				return
			}
			d.Related = nil
			pass.Report(d)
		}
		return a.Run(&narrowed)
	}
	return &copied
}
