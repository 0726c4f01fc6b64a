package config

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// A Matcher tells which files are excluded. The zero value excludes none.
type Matcher struct{ patterns []*regexp.Regexp }

// NewMatcher compiles patterns as Config.Exclude describes them.
func NewMatcher(patterns []string) (*Matcher, error) {
	m := new(Matcher)
	for _, p := range patterns {
		re, err := compile(p)
		if err != nil {
			return nil, err
		}
		m.patterns = append(m.patterns, re)
	}
	return m, nil
}

// Match reports whether the file, a relative name with slashes, is excluded.
func (m *Matcher) Match(file string) bool {
	for _, re := range m.patterns {
		if re.MatchString(file) {
			return true
		}
	}
	return false
}

// compile turns a pattern into a regular expression. "gen" and "gen/" exclude a
// directory, "*.pb.go" a name in any directory, "internal/**/mock.go" by path.
func compile(pattern string) (*regexp.Regexp, error) {
	p := strings.TrimSuffix(strings.TrimPrefix(pattern, "./"), "/")
	switch {
	case p == "":
		return nil, errors.New("an empty pattern excludes nothing")
	case strings.HasPrefix(p, "/") || strings.HasPrefix(p, "../"):
		return nil, fmt.Errorf("%q: a pattern is relative to the directory of the configuration", pattern)
	case strings.ContainsAny(p, `\`):
		return nil, fmt.Errorf("%q: write directories with /", pattern)
	}
	var b strings.Builder
	b.WriteString("^")
	if !strings.Contains(p, "/") {
		b.WriteString("(?:.*/)?")
	}
	for len(p) > 0 {
		switch {
		case strings.HasPrefix(p, "**/"):
			b.WriteString("(?:.*/)?")
			p = p[3:]
		case strings.HasPrefix(p, "**"):
			b.WriteString(".*")
			p = p[2:]
		case p[0] == '*':
			b.WriteString("[^/]*")
			p = p[1:]
		case p[0] == '?':
			b.WriteString("[^/]")
			p = p[1:]
		default:
			i := strings.IndexAny(p, "*?")
			if i < 0 {
				i = len(p)
			}
			b.WriteString(regexp.QuoteMeta(p[:i]))
			p = p[i:]
		}
	}
	b.WriteString("(?:/.*)?$")
	return regexp.Compile(b.String())
}
