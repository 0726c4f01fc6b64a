package docgen

import (
	"slices"
	"strings"

	"github.com/connlint/connlint/internal/report"
)

// severities are those that are not errors by default: of a rule, or of one of
// its categories as rule/category.
var severities = map[string]report.Severity{
	"directive":            report.Warning,
	"connclose/state":      report.Warning,
	"poollimits":           report.Warning,
	"poollimits/unlimited": report.Error,
	"poollimits/unit":      report.Error,
	"poollimits/idle":      report.Error,
	"poollimits/health":    report.Error,
	"poolwait":             report.Warning,
	"pooldeadlock/risk":    report.Warning,
	"txhold":               report.Warning,
	"connretry":            report.Warning,
}

// Severity returns that of a finding of the rule when nothing is configured.
func Severity(rule, category string) report.Severity {
	if s, ok := severities[rule+"/"+category]; ok {
		return s
	}
	if s, ok := severities[rule]; ok {
		return s
	}
	return report.Error
}

// SeverityNote describes the severity of a rule and of its categories that differ.
func SeverityNote(rule string) string {
	note := string(Severity(rule, ""))
	for _, severity := range report.Severities {
		var names []string
		for key, s := range severities {
			if r, category, ok := strings.Cut(key, "/"); ok && r == rule && s == severity {
				names = append(names, category)
			}
		}
		if len(names) > 0 {
			slices.Sort(names)
			note += ", " + string(severity) + " for " + strings.Join(names, ", ")
		}
	}
	return note
}
