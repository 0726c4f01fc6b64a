package driver

import (
	"golang.org/x/tools/go/analysis"

	"github.com/connlint/connlint/internal/config"
	"github.com/connlint/connlint/internal/directive"
	"github.com/connlint/connlint/internal/docgen"
	"github.com/connlint/connlint/internal/report"
	"github.com/connlint/connlint/passes"
)

// A ruleSet answers which rules and categories are on, and how bad they are.
type ruleSet struct {
	on       map[string]bool
	switches map[string]config.Switch // by rule or rule/category
}

// newRuleSet lays the flags over the configuration.
func newRuleSet(c *config.Config, o *options) *ruleSet {
	r := &ruleSet{on: map[string]bool{}, switches: map[string]config.Switch{}}
	lay := func(name string, sw config.Switch) {
		merged := r.switches[name]
		if sw.On != nil {
			merged.On = sw.On
		}
		if sw.Severity != "" {
			merged.Severity = sw.Severity
		}
		r.switches[name] = merged
	}
	for name, rule := range c.Rules {
		lay(name, rule.Switch)
		for category, sw := range rule.Categories {
			lay(name+"/"+category, sw)
		}
	}
	for name, sw := range o.switches {
		lay(name, sw)
	}
	some := false // rules are named by -RULE
	for _, on := range o.only {
		some = some || on
	}
	sw := r.switches[directive.Name]
	r.on[directive.Name] = sw.On == nil || *sw.On
	for _, a := range passes.All {
		on, named := o.only[a.Name]
		if !named {
			sw := r.switches[a.Name]
			on = !some && (sw.On == nil || *sw.On)
		}
		r.on[a.Name] = on
	}
	return r
}

// analyzers returns those of the rules that are on.
func (r *ruleSet) analyzers() []*analysis.Analyzer {
	var out []*analysis.Analyzer
	for _, a := range passes.All {
		if r.on[a.Name] {
			out = append(out, a)
		}
	}
	return out
}

// all reports whether every rule is on.
func (r *ruleSet) all() bool { return len(r.analyzers()) == len(passes.All) }

// reports reports whether findings of the rule's category are wanted.
func (r *ruleSet) reports(rule, category string) bool {
	if !r.on[rule] {
		return false
	}
	sw := r.switches[rule+"/"+category]
	return sw.On == nil || *sw.On
}

// severity returns that of a finding: the category's before the rule's.
func (r *ruleSet) severity(rule, category string) report.Severity {
	if category != "" {
		if s := r.switches[rule+"/"+category].Severity; s != "" {
			return s
		}
	}
	if s := r.switches[rule].Severity; s != "" {
		return s
	}
	return docgen.Severity(rule, category)
}
