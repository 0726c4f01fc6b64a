package report

import "io"

// SchemaVersion is the version of the JSON output, described by
// docs/report.schema.json. Fields may be added within a version; anything else
// raises it.
const SchemaVersion = 1

type jsonReport struct {
	Schema   int           `json:"schema"`
	Tool     string        `json:"tool"`
	Version  string        `json:"version"`
	Packages int           `json:"packages"`
	Findings []jsonFinding `json:"findings"`
}

type jsonFinding struct {
	jsonPlace
	Rule        string      `json:"rule"`
	Category    string      `json:"category,omitempty"`
	Severity    Severity    `json:"severity"`
	Fingerprint string      `json:"fingerprint"`
	Related     []jsonPlace `json:"related,omitempty"`
	Fixes       []jsonFix   `json:"fixes,omitempty"`
}

type jsonPlace struct {
	File      string `json:"file"`
	Line      int    `json:"line"`
	Column    int    `json:"column"`
	EndLine   int    `json:"endLine,omitempty"`
	EndColumn int    `json:"endColumn,omitempty"`
	Message   string `json:"message"`
}

type jsonFix struct {
	Message string     `json:"message"`
	Edits   []jsonEdit `json:"edits"`
}

type jsonEdit struct {
	File  string `json:"file"`
	Start int    `json:"start"`
	End   int    `json:"end"`
	New   string `json:"new"`
}

func newJSONPlace(p Place) jsonPlace {
	return jsonPlace{p.File, p.Line, p.Column, p.EndLine, p.EndColumn, p.Message}
}

func newJSONFinding(f *Finding) jsonFinding {
	out := jsonFinding{
		jsonPlace: newJSONPlace(f.Place), Rule: f.Rule, Category: f.Category,
		Severity: f.Severity, Fingerprint: f.Fingerprint,
	}
	for _, p := range f.Related {
		out.Related = append(out.Related, newJSONPlace(p))
	}
	for _, fix := range f.Fixes {
		jf := jsonFix{Message: fix.Message, Edits: []jsonEdit{}}
		for _, e := range fix.Edits {
			jf.Edits = append(jf.Edits, jsonEdit(e))
		}
		out.Fixes = append(out.Fixes, jf)
	}
	return out
}

func writeJSON(w io.Writer, r *Report) error {
	out := jsonReport{Schema: SchemaVersion, Tool: "connlint", Version: r.Version, Packages: r.Packages, Findings: []jsonFinding{}}
	for i := range r.Findings {
		out.Findings = append(out.Findings, newJSONFinding(&r.Findings[i]))
	}
	return encodeJSON(w, out)
}
