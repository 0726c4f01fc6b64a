package driver

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/connlint/connlint/internal/config"
	"github.com/connlint/connlint/internal/directive"
	"github.com/connlint/connlint/internal/load"
	"github.com/connlint/connlint/internal/report"
)

// filter turns diagnostics into findings, without those that are silenced. If the
// analysis is complete, it adds findings about directives.
func (s *session) filter(res *load.Result, complete bool) ([]report.Finding, error) {
	directives := &directiveSet{byFile: map[string][]*usedDirective{}}
	excluded, err := s.newExcluder()
	if err != nil {
		return nil, err
	}
	for _, d := range res.Diagnostics {
		if d.Analyzer == directive.Name {
			if err := directives.add(d.Message); err != nil {
				return nil, err
			}
		}
	}
	var out []report.Finding
	for _, d := range res.Diagnostics {
		if d.Analyzer == directive.Name || !s.rules.reports(d.Analyzer, d.Category) {
			continue
		}
		// Directives first: one in an excluded file is used, too.
		if directives.silence(d, s.opts.generated) || excluded.match(d.Pos.File) {
			continue
		}
		out = append(out, s.newFinding(d))
	}
	if complete && s.rules.on[directive.Name] {
		for _, f := range directives.complaints(s.rules) {
			if !excluded.match(f.File) {
				f.Severity = s.rules.severity(directive.Name, "")
				out = append(out, f)
			}
		}
	}
	return out, nil
}

func (s *session) newFinding(d load.Diagnostic) report.Finding {
	f := report.Finding{
		Place:    newPlace(d.Pos, d.End, d.Message),
		Rule:     d.Analyzer,
		Category: d.Category,
		Severity: s.rules.severity(d.Analyzer, d.Category),
	}
	for _, r := range d.Related {
		f.Related = append(f.Related, newPlace(r.Pos, r.End, r.Message))
	}
	for _, fix := range d.Fixes {
		out := report.Fix{Message: fix.Message}
		for _, e := range fix.Edits {
			out.Edits = append(out.Edits, report.Edit{File: e.File, Start: e.Start, End: e.End, New: e.NewText})
		}
		f.Fixes = append(f.Fixes, out)
	}
	return f
}

func newPlace(pos, end load.Position, message string) report.Place {
	p := report.Place{File: pos.File, Line: pos.Line, Column: pos.Col, Message: message}
	if end.IsValid() && end.File == pos.File {
		p.EndLine, p.EndColumn = end.Line, end.Col
	}
	return p
}

// An excluder knows the patterns of the configuration, relative to its directory,
// and those of the command line, relative to the working directory.
type excluder struct {
	bases    []string
	matchers []*config.Matcher
}

func (s *session) newExcluder() (*excluder, error) {
	x := new(excluder)
	add := func(base string, patterns []string) error {
		m, err := config.NewMatcher(patterns)
		x.bases, x.matchers = append(x.bases, base), append(x.matchers, m)
		return err
	}
	if s.config.Path != "" {
		if err := add(s.config.Dir(), s.config.Exclude); err != nil {
			return nil, err
		}
	}
	if err := add(s.dir, s.opts.exclude); err != nil {
		return nil, usagef("-exclude: %v", err)
	}
	return x, nil
}

func (x *excluder) match(file string) bool {
	for i, m := range x.matchers {
		if rel := relative(x.bases[i], file); !filepath.IsAbs(rel) && m.Match(rel) {
			return true
		}
	}
	return false
}

// A directiveSet is the directives of all files, and which of them were of use.
type directiveSet struct {
	all    []*usedDirective
	byFile map[string][]*usedDirective
}

type usedDirective struct {
	*directive.Directive
	used bool
}

// add takes the message of a diagnostic of directive.Analyzer.
func (s *directiveSet) add(message string) error {
	d, err := directive.Parse(message)
	if err != nil {
		return err
	}
	for _, old := range s.byFile[d.File] {
		if old.Form == d.Form && old.Line == d.Line && old.Column == d.Column {
			return nil // the same file in another test variant
		}
	}
	u := &usedDirective{Directive: d}
	s.all = append(s.all, u)
	s.byFile[d.File] = append(s.byFile[d.File], u)
	return nil
}

// silence reports whether the diagnostic is not to be reported, and marks the
// directives that say so.
func (s *directiveSet) silence(d load.Diagnostic, generated bool) bool {
	silent := false
	for _, u := range s.byFile[d.Pos.File] {
		if u.Form == directive.Generated && generated {
			continue
		}
		if u.Silences(d.Analyzer, d.Pos.Line) {
			silent, u.used = true, true
		}
	}
	return silent
}

// complaints returns the findings about the directives themselves.
func (s *directiveSet) complaints(rules *ruleSet) []report.Finding {
	var out []report.Finding
	for _, u := range s.all {
		message := u.Fault(isRule)
		if message == "" && !u.used && u.expected(rules) {
			message = fmt.Sprintf("%s silences nothing; remove it", u.text())
		}
		if message == "" {
			continue
		}
		out = append(out, report.Finding{
			Place: report.Place{File: u.File, Line: u.Line, Column: u.Column, EndLine: u.Line, EndColumn: u.End, Message: message},
			Rule:  directive.Name,
		})
	}
	return out
}

// expected reports whether the directive should have silenced something: it is
// meant for connlint alone, and all rules that it names ran.
func (u *usedDirective) expected(rules *ruleSet) bool {
	if u.Form == directive.Generated || len(u.Rules) == 0 {
		return false
	}
	for _, name := range u.Rules {
		if name == directive.All && !rules.all() || name != directive.All && !rules.on[name] {
			return false
		}
	}
	return true
}

func (u *usedDirective) text() string {
	names := strings.Join(u.Rules, ",")
	if u.Form == directive.Nolint {
		return "//nolint:" + names
	}
	return "//connlint:" + string(u.Form) + " " + names
}
