package config

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/connlint/connlint/internal/report"
)

// A Switch turns something on or off and may give it a severity. It is written
// on, off, error, warning or note.
type Switch struct {
	On       *bool           // nil: as by default
	Severity report.Severity // "": as by default
}

// ParseSwitch parses s.
func ParseSwitch(s string) (Switch, error) {
	yes, no := true, false
	switch s {
	case "on", "true", "yes":
		return Switch{On: &yes}, nil
	case "off", "false", "no":
		return Switch{On: &no}, nil
	}
	severity, err := ParseSeverity(s)
	if err != nil {
		return Switch{}, fmt.Errorf("want on, off, error, warning or note, not %q", s)
	}
	return Switch{On: &yes, Severity: severity}, nil
}

// UnmarshalYAML reads a scalar.
func (s *Switch) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind != yaml.ScalarNode {
		return errors.New("want on, off, error, warning or note")
	}
	v, err := ParseSwitch(n.Value)
	*s = v
	return err
}

// A Rule is the value of a key of rules: a Switch, or a mapping.
type Rule struct {
	Switch
	Categories map[string]Switch
	// Flags of the rule by name, without the rule's prefix.
	Flags map[string]Flag
}

// A Flag is the value of a rule's flag.
type Flag struct {
	Value string
	Line  int // of the file, on which it stands
}

// UnmarshalYAML reads a scalar.
func (f *Flag) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind != yaml.ScalarNode {
		return errors.New("want a single value")
	}
	*f = Flag{n.Value, n.Line}
	return nil
}

// ruleMapping is the long form of a Rule.
type ruleMapping struct {
	Enabled    *bool             `yaml:"enabled"`
	Severity   report.Severity   `yaml:"severity"`
	Categories map[string]Switch `yaml:"categories"`
	Flags      map[string]Flag   `yaml:"flags"`
}

// checkRules judges names and severities against the suite.
func (c *Config) checkRules(d *decoder, rules *yaml.Node, suite Suite) error {
	for _, name := range slices.Sorted(maps.Keys(c.Rules)) {
		key := "rules." + name
		node := child(rules, name)
		flags, ok := suite[name]
		if !ok {
			known := slices.Sorted(maps.Keys(suite))
			return d.errorf(node, key, "there is no such rule%s", suggest(name, known))
		}
		for flag := range c.Rules[name].Flags {
			if !slices.Contains(flags, flag) {
				at := child(child(node, "flags"), flag)
				return d.errorf(at, key+".flags."+flag, "the rule has no such flag%s", suggest(flag, flags))
			}
		}
	}
	return nil
}

// suggest says what may be written instead of name.
func suggest(name string, known []string) string {
	best, least := "", 3
	for _, k := range known {
		if d := distance(name, k); d < least {
			best, least = k, d
		}
	}
	switch {
	case best != "":
		return ": did you mean " + best + "?"
	case len(known) == 0:
		return ""
	}
	return ": one of " + strings.Join(known, ", ")
}

// distance is the number of letters to insert, delete or replace between a and b.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		diagonal := row[0]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := diagonal
			if a[i-1] != b[j-1] {
				cost++
			}
			diagonal = row[j]
			row[j] = min(cost, row[j]+1, row[j-1]+1)
		}
	}
	return row[len(b)]
}
