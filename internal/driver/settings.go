package driver

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/tools/go/analysis"

	"github.com/connlint/connlint/internal/catalog"
	"github.com/connlint/connlint/internal/config"
	"github.com/connlint/connlint/internal/directive"
	"github.com/connlint/connlint/internal/load"
	"github.com/connlint/connlint/internal/ssafunc"
	"github.com/connlint/connlint/passes"
	"github.com/connlint/connlint/passes/poolbudget"
)

// Suite describes the rules to config.Parse.
func Suite() config.Suite {
	s := config.Suite{directive.Name: {}}
	for _, a := range passes.All {
		s[a.Name] = []string{}
		a.Flags.VisitAll(func(f *flag.Flag) { s[a.Name] = append(s[a.Name], f.Name) })
	}
	return s
}

func (s *session) readConfig() (*config.Config, error) {
	path := s.opts.configFile
	switch {
	case s.opts.noConfig:
		return new(config.Config), nil
	case path == "":
		found, err := config.Find(s.dir)
		if err != nil {
			return nil, err
		}
		if found == "" {
			return new(config.Config), nil
		}
		path = found
	case !filepath.IsAbs(path):
		path = filepath.Join(s.dir, path)
	}
	return config.Read(path, relative(s.dir, path), Suite())
}

// applyConfig lays the configuration under the flags that were given.
func (s *session) applyConfig() error {
	o, c := s.opts, s.config
	if c.Tests != nil && !o.set["tests"] {
		o.tests = *c.Tests
	}
	if c.Generated != nil && !o.set["generated"] {
		o.generated = *c.Generated
	}
	if o.failOn == "" {
		o.failOn = c.FailOn
	}
	if o.baseline == "" && c.Baseline != "" {
		o.baseline = filepath.Join(c.Dir(), c.Baseline)
	} else if o.baseline != "" && !filepath.IsAbs(o.baseline) {
		o.baseline = filepath.Join(s.dir, o.baseline)
	}
	o.tags = append(slices.Clone(c.Tags), o.tags...)
	o.roots = append(slices.Clone(c.Roots), o.roots...)
	for i, name := range o.catalog {
		o.catalog[i] = s.abs(name)
	}
	for _, name := range c.CatalogFiles {
		o.catalog = append(o.catalog, filepath.Join(c.Dir(), filepath.FromSlash(name)))
	}
	for _, name := range slices.Sorted(maps.Keys(c.Rules)) {
		if err := setRuleFlags(findRule(name), c, o.set); err != nil {
			return err
		}
	}
	return setFigures(c, o.set)
}

// setRuleFlags sets the flags of a rule as the configuration says, but for those
// that the command line has set.
func setRuleFlags(a *analysis.Analyzer, c *config.Config, set map[string]bool) error {
	flags := c.Rules[a.Name].Flags
	for _, name := range slices.Sorted(maps.Keys(flags)) {
		if set[a.Name+"."+name] {
			continue
		}
		f := flags[name]
		if err := a.Flags.Set(name, f.Value); err != nil {
			return fmt.Errorf("%s:%d: rules.%s.flags.%s: %q: %v", c.Name, f.Line, a.Name, name, f.Value, err)
		}
	}
	return nil
}

func (s *session) abs(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(s.dir, name)
}

// sources returns the catalog text of the configuration and of the flags.
func (s *session) sources() ([]catalog.Source, error) {
	return catalogSources(s.config, s.opts.catalog, s.opts.roots, s.dir)
}

// catalogSources returns the text of the files, of the configuration, and of the
// roots. In errors names are relative to dir.
func catalogSources(c *config.Config, files, roots []string, dir string) ([]catalog.Source, error) {
	var out []catalog.Source
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("catalog: %v", err)
		}
		out = append(out, catalog.Source{Name: relative(dir, name), Text: string(text)})
	}
	if lines := c.Catalog; lines.Text != "" {
		padded := strings.Repeat("\n", lines.Line-1) + lines.Text
		out = append(out, catalog.Source{Name: relative(dir, c.Path), Text: padded})
	}
	if len(roots) > 0 {
		var b strings.Builder
		for _, root := range roots {
			fmt.Fprintln(&b, config.RootLine(root))
		}
		out = append(out, catalog.Source{Name: "roots", Text: b.String()})
	}
	return out, nil
}

// loadOptions says what to load and analyze.
func (s *session) loadOptions() (*load.Options, error) {
	o := s.opts
	lo := &load.Options{
		Dir:      s.dir,
		Patterns: o.patterns,
		Tests:    o.tests,
		Cache:    o.cache,
	}
	if len(o.tags) > 0 {
		lo.BuildFlags = append(lo.BuildFlags, "-tags="+strings.Join(o.tags, ","))
	}
	sources, err := s.sources()
	if err != nil {
		return nil, err
	}
	if lo.Catalog, err = useCatalog(sources); err != nil {
		return nil, err
	}
	if err := directive.Analyzer.Flags.Set("list", "true"); err != nil {
		return nil, err
	}
	lo.Analyzers = slices.DeleteFunc(append(s.rules.analyzers(), directive.Analyzer), func(a *analysis.Analyzer) bool {
		return a == poolbudget.Analyzer && !poolbudget.Configured() // it would carry pools to every main for nothing
	})
	lo.ConfigKey = configKey(lo.Analyzers, "")
	return lo, nil
}

// useCatalog checks the sources and hands them to the analyzers.
func useCatalog(sources []catalog.Source) (*catalog.Catalog, error) {
	if len(sources) == 0 {
		return catalog.Default(), nil
	}
	cat, err := catalog.New(sources)
	if err != nil {
		return nil, err
	}
	var b strings.Builder
	for _, src := range sources {
		fmt.Fprintln(&b, src.Text)
	}
	return cat, ssafunc.Analyzer.Flags.Set("catalog", b.String())
}

// configKey is everything of the settings that changes what analyzers report: their
// flags, those of what they require, and the text of the catalog.
func configKey(analyzers []*analysis.Analyzer, text string) string {
	var b strings.Builder
	seen := map[*analysis.Analyzer]bool{}
	var add func(analyzers []*analysis.Analyzer)
	add = func(analyzers []*analysis.Analyzer) {
		for _, a := range analyzers {
			if seen[a] {
				continue
			}
			seen[a] = true
			fmt.Fprintf(&b, "%s\n", a.Name)
			a.Flags.VisitAll(func(f *flag.Flag) { fmt.Fprintf(&b, "\t%s=%q\n", f.Name, f.Value) })
			add(a.Requires)
		}
	}
	add(analyzers)
	return b.String() + text
}
