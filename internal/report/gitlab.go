package report

import (
	"encoding/json"
	"io"
)

type gitlabIssue struct {
	Description string         `json:"description"`
	CheckName   string         `json:"check_name"`
	Fingerprint string         `json:"fingerprint"`
	Severity    string         `json:"severity"`
	Location    gitlabLocation `json:"location"`
}

type gitlabLocation struct {
	Path  string      `json:"path"`
	Lines gitlabLines `json:"lines"`
}

type gitlabLines struct {
	Begin int `json:"begin"`
	End   int `json:"end,omitempty"`
}

// gitlabSeverity maps severities to those of GitLab's code quality report: info,
// minor, major, critical or blocker.
var gitlabSeverity = map[Severity]string{Error: "critical", Warning: "major", Note: "info"}

// writeGitLab writes a code quality report. See
// https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format.
func writeGitLab(w io.Writer, r *Report) error {
	issues := []gitlabIssue{} // an empty report is [], not null
	for _, f := range r.Findings {
		severity := gitlabSeverity[f.Severity]
		if severity == "" {
			severity = "critical"
		}
		issues = append(issues, gitlabIssue{
			Description: f.Message,
			CheckName:   f.Rule,
			Fingerprint: f.Fingerprint,
			Severity:    severity,
			Location:    gitlabLocation{Path: f.File, Lines: gitlabLines{Begin: f.Line, End: f.EndLine}},
		})
	}
	return encodeJSON(w, issues)
}

// encodeJSON writes v indented, without HTML's escapes, and a final newline.
func encodeJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}
