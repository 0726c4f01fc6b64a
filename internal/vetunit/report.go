package vetunit

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/connlint/connlint/internal/load/unit"
)

// A report is what a unit says.
type report struct {
	stdout, stderr []byte
	status         int
}

// The JSON that the go command and its users know from vet: from unit to analyzer
// to diagnostics or an error.
type (
	jsonDiagnostic struct {
		Category       string        `json:"category,omitempty"`
		Posn           string        `json:"posn"`
		End            string        `json:"end"`
		Message        string        `json:"message"`
		SuggestedFixes []jsonFix     `json:"suggested_fixes,omitempty"`
		Related        []jsonRelated `json:"related,omitempty"`
	}
	jsonFix struct {
		Message string     `json:"message"`
		Edits   []jsonEdit `json:"edits"`
	}
	jsonEdit struct {
		Filename string `json:"filename"`
		Start    int    `json:"start"`
		End      int    `json:"end"`
		New      string `json:"new"`
	}
	jsonRelated struct {
		Posn    string `json:"posn"`
		End     string `json:"end"`
		Message string `json:"message"`
	}
	jsonError struct {
		Err string `json:"error"`
	}
)

func (u *vetUnit) report(out unit.Output) report {
	if u.cfg.VetxOnly {
		return report{}
	}
	diags := unit.Sort(out.Diagnostics)
	if u.options.json {
		return u.reportJSON(diags, out.Notes)
	}
	return u.reportText(diags, out.Notes)
}

func (u *vetUnit) reportJSON(diags []unit.Diagnostic, notes []string) report {
	byAnalyzer := map[string]any{}
	for _, d := range diags {
		list, _ := byAnalyzer[d.Analyzer].([]jsonDiagnostic)
		byAnalyzer[d.Analyzer] = append(list, newJSON(d))
	}
	if len(notes) > 0 {
		byAnalyzer["connlint"] = jsonError{strings.Join(notes, "; ")}
	}
	tree := map[string]any{}
	if len(byAnalyzer) > 0 {
		tree[u.cfg.ID] = byAnalyzer
	}
	data, err := json.MarshalIndent(tree, "", "\t")
	if err != nil { // cannot happen: strings and numbers
		return report{stderr: []byte(err.Error() + "\n"), status: 1}
	}
	return report{stdout: append(data, '\n')}
}

func newJSON(d unit.Diagnostic) jsonDiagnostic {
	out := jsonDiagnostic{
		Category: d.Category,
		Posn:     place(d.Pos),
		End:      place(end(d.Pos, d.End)),
		Message:  d.Message,
	}
	for _, f := range d.Fixes {
		fix := jsonFix{Message: f.Message}
		for _, e := range f.Edits {
			fix.Edits = append(fix.Edits, jsonEdit{e.File, e.Start, e.End, e.NewText})
		}
		out.SuggestedFixes = append(out.SuggestedFixes, fix)
	}
	for _, r := range d.Related {
		out.Related = append(out.Related, jsonRelated{place(r.Pos), place(end(r.Pos, r.End)), r.Message})
	}
	return out
}

func end(pos, end unit.Position) unit.Position {
	if end.IsValid() {
		return end
	}
	return pos
}

func place(p unit.Position) string {
	if !p.IsValid() {
		return "-"
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Col)
}

func (u *vetUnit) reportText(diags []unit.Diagnostic, notes []string) report {
	var r report
	var b bytes.Buffer
	for _, note := range notes {
		fmt.Fprintf(&b, "connlint: internal: %s\n", note)
		r.status = 1
	}
	for _, d := range diags {
		r.status = 1
		u.line(&b, d.Pos, d.End, d.Message)
		for _, rel := range d.Related {
			u.line(&b, rel.Pos, rel.End, "\t"+rel.Message)
		}
	}
	r.stderr = b.Bytes()
	return r
}

func (u *vetUnit) line(b *bytes.Buffer, pos, until unit.Position, message string) {
	fmt.Fprintf(b, "%s: %s\n", place(pos), message)
	if u.options.context < 0 || !pos.IsValid() {
		return
	}
	data, err := os.ReadFile(pos.File)
	if err != nil {
		return // the context is a courtesy
	}
	lines := strings.Split(string(data), "\n")
	last := min(end(pos, until).Line+u.options.context, len(lines))
	for i := max(pos.Line-u.options.context, 1); i <= last; i++ {
		fmt.Fprintf(b, "%d\t%s\n", i, lines[i-1])
	}
}
