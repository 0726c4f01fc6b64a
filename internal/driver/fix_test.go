package driver

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/connlint/connlint/internal/report"
)

const fixSource = "package p\n\nfunc f() {\n\ta()\n\tb()\n}\n"

func insertion(file, before, text string) report.Edit {
	at := strings.Index(fixSource, before)
	return report.Edit{File: file, Start: at, End: at, New: text}
}

func finding(edits ...report.Edit) report.Finding {
	return report.Finding{Fixes: []report.Fix{{Message: "m", Edits: edits}}}
}

func TestPlan(t *testing.T) {
	file := filepath.Join(t.TempDir(), "p.go")
	if err := os.WriteFile(file, []byte(fixSource), 0o644); err != nil {
		t.Fatal(err)
	}
	a := insertion(file, "a()", "x()\n")
	sameAsA := insertion(file, "a()", "x()\n")
	otherAtA := insertion(file, "a()", "y()\n")
	b := insertion(file, "b()", "z()\n")
	overB := report.Edit{File: file, Start: b.Start - 3, End: b.Start + 2, New: "q"}
	for _, test := range []struct {
		name         string
		findings     []report.Finding
		want         string
		picked, left int
	}{
		{"none", nil, fixSource, 0, 0},
		{"formatted", []report.Finding{finding(a)}, strings.Replace(fixSource, "\ta()", "\tx()\n\ta()", 1), 1, 0},
		{"both", []report.Finding{finding(b), finding(a)}, strings.NewReplacer("\ta()", "\tx()\n\ta()", "\tb()", "\tz()\n\tb()").Replace(fixSource), 2, 0},
		{"the same edit twice", []report.Finding{finding(a), finding(sameAsA, b)}, strings.NewReplacer("\ta()", "\tx()\n\ta()", "\tb()", "\tz()\n\tb()").Replace(fixSource), 2, 0},
		{"two insertions at one place", []report.Finding{finding(a), finding(otherAtA)}, strings.Replace(fixSource, "\ta()", "\tx()\n\ta()", 1), 1, 1},
		{"overlap leaves out the whole fix", []report.Finding{finding(b), finding(a, overB)}, strings.Replace(fixSource, "\tb()", "\tz()\n\tb()", 1), 1, 1},
		{"only the first fix of a finding", []report.Finding{{Fixes: []report.Fix{{Edits: []report.Edit{a}}, {Edits: []report.Edit{b}}}}}, strings.Replace(fixSource, "\ta()", "\tx()\n\ta()", 1), 1, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			changes, picked, left, err := plan(test.findings)
			if err != nil {
				t.Fatal(err)
			}
			got := fixSource
			if len(changes) > 0 {
				got = string(changes[0].new)
			}
			if got != test.want || picked != test.picked || left != test.left {
				t.Errorf("picked %d, left %d:\n%swant %d, %d:\n%s", picked, left, got, test.picked, test.left, test.want)
			}
		})
	}
}

func TestPlanRefuses(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return file
	}
	file := write("p.go", fixSource)
	if _, _, _, err := plan([]report.Finding{finding(insertion(file, "a()", "if {"))}); err == nil || !strings.Contains(err.Error(), "not Go") {
		t.Errorf("a fix that breaks the file: %v", err)
	}
	if _, _, _, err := plan([]report.Finding{finding(report.Edit{File: file, Start: 5, End: 1 << 20})}); err == nil || !strings.Contains(err.Error(), "does not fit") {
		t.Errorf("an edit behind the end: %v", err)
	}
	cgo := write("c.go", "package p\n\nimport \"C\"\n\nfunc f() {}\n")
	if changes, picked, _, err := plan([]report.Finding{finding(report.Edit{File: cgo, Start: 0, End: 0, New: "//"})}); err != nil || len(changes) > 0 || picked > 0 {
		t.Errorf("a file with cgo is changed: %v, %v", changes, err)
	}
}

func TestApplyKeepsLineEnds(t *testing.T) {
	text := strings.ReplaceAll(fixSource, "\n", "\r\n")
	at := strings.Index(text, "a()")
	got, err := apply([]byte(text), []report.Edit{{Start: at, End: at, New: "x()\n"}})
	if err != nil {
		t.Fatal(err)
	}
	want := strings.ReplaceAll(strings.Replace(fixSource, "\ta()", "\tx()\n\ta()", 1), "\n", "\r\n")
	if string(got) != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestRewriteLooksAgain(t *testing.T) {
	file := filepath.Join(t.TempDir(), "p.go")
	if err := os.WriteFile(file, []byte("package q\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := rewrite(file, []byte("package p\n"), []byte("package r\n")); err == nil || !strings.Contains(err.Error(), "has changed in the meantime") {
		t.Errorf("got %v", err)
	}
	if err := rewrite(file, []byte("package q\n"), []byte("package r\n")); err != nil {
		t.Error(err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

// A fix that does not compile is taken back, and the others are applied.
func TestFixesThatBreakAreUndone(t *testing.T) {
	dir := t.TempDir()
	files := map[string]string{
		"go.mod":  "module m\n\ngo 1.26\n",
		"good.go": "package m\n\nimport _ \"database/sql\"\n\nfunc good() {}\n",
		"bad.go":  "package m\n\nfunc bad() {}\n",
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	var stderr strings.Builder
	c := &command{stdout: &stderr, stderr: &stderr, getenv: os.Getenv}
	s, err := c.newSession([]string{"-C", dir, "-cache=off"})
	if err != nil {
		t.Fatal(err)
	}
	before, err := s.findings(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	good, bad := filepath.Join(dir, "good.go"), filepath.Join(dir, "bad.go")
	insert := func(file, text string) report.Finding {
		at := len(files[filepath.Base(file)])
		return finding(report.Edit{File: file, Start: at, End: at, New: text})
	}
	before.findings = []report.Finding{insert(good, "\nvar x = 1\n"), insert(bad, "\nvar y int = true\n")}
	if _, err := s.applyFixes(t.Context(), before); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(bad); err != nil || string(text) != files["bad.go"] {
		t.Errorf("bad.go is now %q, %v", text, err)
	}
	if text, err := os.ReadFile(good); err != nil || !strings.Contains(string(text), "var x = 1") {
		t.Errorf("good.go is now %q, %v", text, err)
	}
	want := "connlint: bad.go would not compile with its fixes and is left alone\nconnlint: applied 1 fix\n"
	if stderr.String() != want {
		t.Errorf("got %q, want %q", &stderr, want)
	}
}
