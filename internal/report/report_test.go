package report_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/diff"

	"github.com/connlint/connlint/internal/report"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// newReport returns a report with what formats find hard: two severities, a path
// over two files, a fix, letters outside ASCII and text that looks like markup.
func newReport(t *testing.T) *report.Report {
	dir, err := filepath.Abs("testdata/src")
	if err != nil {
		t.Fatal(err)
	}
	r := &report.Report{
		Version:  "v1.2.3",
		Dir:      dir,
		Packages: 7,
		Rules: []report.Rule{
			{Name: "rowsclose", Summary: "report result sets that are not closed", Markdown: "It holds a connection.\n", Severity: report.Error, URL: "https://example.com/rowsclose"},
			{Name: "txhold", Summary: "report transactions that wait", Severity: report.Warning},
		},
		Findings: []report.Finding{
			{
				Place: report.Place{File: "store/user.go", Line: 7, Column: 15, EndLine: 7, EndColumn: 67,
					Message: "rows from (*sql.DB).Query is not closed when the function returns: its connection never goes back to the pool"},
				Rule: "rowsclose", Severity: report.Error,
				Related: []report.Place{
					{File: "store/user.go", Line: 15, Column: 4, EndLine: 15, EndColumn: 19, Message: "returns here with [rows] open"},
					{File: "store/user.go", Line: 19, Column: 2, Message: "and here"},
				},
				Fixes: []report.Fix{{
					Message: "insert defer rows.Close()",
					Edits:   []report.Edit{{File: "store/user.go", Start: 241, End: 241, New: "\n\tdefer rows.Close()"}},
				}},
			},
			{
				Place: report.Place{File: "store/tx.go", Line: 5, Column: 35, EndLine: 5, EndColumn: 45,
					Message: `tx from (*sql.DB).Begin is held across use("<script>", tx): 100% of it, by line 5`},
				Rule: "txhold", Category: "call", Severity: report.Warning,
				Related: []report.Place{{File: "store/user.go", Line: 7, Column: 15, Message: "another file"}},
			},
		},
	}
	r.Findings = report.Sort(r.Findings)
	r.SetFingerprints()
	return r
}

func render(t *testing.T, h report.Handler, r *report.Report) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := h.Handle(&b, r); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestGolden(t *testing.T) {
	for _, name := range append(report.Formats(), "color") {
		t.Run(name, func(t *testing.T) {
			var h report.Handler = report.Text{Color: true}
			if name != "color" {
				var err error
				if h, err = report.ForFormat(name); err != nil {
					t.Fatal(err)
				}
			}
			got := render(t, h, newReport(t))
			golden := filepath.Join("testdata", "golden", name)
			if *update {
				if err := os.WriteFile(golden, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, want) {
				t.Errorf("-update would change\n%s", diff.Diff(golden, want, "got", got))
			}
		})
	}
}

// An empty report is complete in every format.
func TestEmpty(t *testing.T) {
	for _, name := range report.Formats() {
		h, err := report.ForFormat(name)
		if err != nil {
			t.Fatal(err)
		}
		got := render(t, h, &report.Report{Version: "v1.2.3", Dir: t.TempDir()})
		switch name {
		case "text", "plain", "github":
			if len(got) > 0 {
				t.Errorf("%s: %q", name, got)
			}
		case "json", "sarif", "gitlab":
			if !json.Valid(got) || bytes.Contains(got, []byte("null")) {
				t.Errorf("%s: not JSON, or with null: %s", name, got)
			}
		case "checkstyle":
			if err := xml.Unmarshal(got, new(struct{})); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		case "html":
			if !bytes.Contains(got, []byte("Nothing was found")) {
				t.Errorf("%s: %s", name, got)
			}
		}
	}
}

// A finding in a file that has gone since is reported all the same.
func TestSourceGone(t *testing.T) {
	for _, name := range report.Formats() {
		h, err := report.ForFormat(name)
		if err != nil {
			t.Fatal(err)
		}
		r := newReport(t)
		r.Dir = t.TempDir()
		if got := render(t, h, r); !bytes.Contains(got, []byte("store/user.go")) {
			t.Errorf("%s: no finding in %s", name, got)
		}
	}
}

func TestUnknownFormat(t *testing.T) {
	_, err := report.ForFormat("yaml")
	if err == nil || !strings.Contains(err.Error(), `unknown format "yaml": one of text, plain`) {
		t.Errorf("got %v", err)
	}
}

// Sarif columns count UTF-16 code units, and the region of a fix is that of its
// bytes.
func TestSARIFColumns(t *testing.T) {
	r := newReport(t)
	r.Findings[1].Place.Column = 77 // behind ü, of two bytes, and 日本, of three each
	r.Findings[1].Place.EndColumn = 78
	h, _ := report.ForFormat("sarif")
	var log struct {
		Runs []struct {
			Results []struct {
				RuleID    string
				RuleIndex int
				Locations []struct {
					PhysicalLocation struct {
						ArtifactLocation struct{ URI, URIBaseID string }
						Region           struct{ StartLine, StartColumn, EndColumn int }
					}
				}
				Fixes []struct {
					ArtifactChanges []struct {
						Replacements []struct {
							DeletedRegion struct{ StartLine, StartColumn, EndLine, EndColumn int }
						}
					}
				}
			}
		}
	}
	if err := json.Unmarshal(render(t, h, r), &log); err != nil {
		t.Fatal(err)
	}
	result := log.Runs[0].Results[1]
	if region := result.Locations[0].PhysicalLocation.Region; region.StartColumn != 77-1-4 {
		t.Errorf("column %d, want %d", region.StartColumn, 77-1-4)
	}
	deleted := result.Fixes[0].ArtifactChanges[0].Replacements[0].DeletedRegion
	if deleted.StartLine != 10 || deleted.StartColumn != 3 || deleted.EndLine != 10 || deleted.EndColumn != 3 {
		t.Errorf("the fix is at %+v, want line 10, column 3", deleted)
	}
}

func TestSARIFUnknownRule(t *testing.T) {
	r := newReport(t)
	r.Findings[0].Rule = "nosuch"
	h, _ := report.ForFormat("sarif")
	if err := h.Handle(io.Discard, r); err == nil || !strings.Contains(err.Error(), "nosuch") {
		t.Errorf("got %v", err)
	}
}

func TestFingerprint(t *testing.T) {
	dir := t.TempDir()
	fingerprints := func(src string, lines ...int) []string {
		if err := os.WriteFile(filepath.Join(dir, "a.go"), []byte(src), 0o644); err != nil {
			t.Fatal(err)
		}
		r := &report.Report{Dir: dir}
		for _, line := range lines {
			r.Findings = append(r.Findings, report.Finding{
				Place: report.Place{File: "a.go", Line: line, Column: 1, Message: "leaks at line " + string(rune('0'+line+1)) + ": harm"},
				Rule:  "rowsclose",
			})
		}
		r.SetFingerprints()
		var out []string
		for _, f := range r.Findings {
			out = append(out, f.Fingerprint)
		}
		return out
	}
	before := fingerprints("a\nb\nb\n", 1, 2, 3)
	moved := fingerprints("x\n\n\ta\ny\nb\nb\n", 3, 5, 6)
	for i := range before {
		if before[i] != moved[i] {
			t.Errorf("finding %d: %s became %s though only other lines changed", i, before[i], moved[i])
		}
	}
	if before[1] == before[2] {
		t.Error("two findings on equal lines have the same fingerprint")
	}
	if edited := fingerprints("changed\n", 1); edited[0] == before[0] {
		t.Error("an edited line keeps its fingerprint")
	}
}

func TestSort(t *testing.T) {
	f := func(file string, line, column int, rule string) report.Finding {
		return report.Finding{Place: report.Place{File: file, Line: line, Column: column}, Rule: rule}
	}
	got := report.Sort([]report.Finding{
		f("b.go", 1, 1, "x"), f("a.go", 10, 1, "x"), f("a.go", 2, 3, "y"), f("a.go", 2, 3, "x"), f("b.go", 1, 1, "x"),
	})
	want := []report.Finding{f("a.go", 2, 3, "x"), f("a.go", 2, 3, "y"), f("a.go", 10, 1, "x"), f("b.go", 1, 1, "x")}
	if len(got) != len(want) {
		t.Fatalf("got %v", got)
	}
	for i := range want {
		if got[i].Place != want[i].Place || got[i].Rule != want[i].Rule {
			t.Errorf("%d: got %v %s, want %v %s", i, got[i].Place, got[i].Rule, want[i].Place, want[i].Rule)
		}
	}
}

// A place without an end is marked as the name that stands there, or, at the
// parenthesis of a call, in front of it.
func TestMarks(t *testing.T) {
	for column, want := range map[int]string{
		2:  "\n  |     ---- another file\n",                   // rows
		15: "\n  |                  -------- another file\n",  // db.Query
		23: "\n  |                  --------- another file\n", // the parenthesis behind it
		80: "- another file\n",                                // behind the end of the line
	} {
		r := newReport(t)
		r.Findings = r.Findings[:1]
		r.Findings[0].Related[0].Column = column
		if got := string(render(t, report.Text{}, r)); !strings.Contains(got, want) {
			t.Errorf("column %d: no %q in\n%s", column, want, got)
		}
	}
}

func TestSeverity(t *testing.T) {
	if !report.Error.AtLeast(report.Warning) || report.Note.AtLeast(report.Warning) || !report.Note.AtLeast(report.Note) {
		t.Error("severities are out of order")
	}
}
