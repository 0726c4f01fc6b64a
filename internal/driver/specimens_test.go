package driver

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestFixSpecimens applies every fix that is offered over the specimens of all
// rules. What is fixed compiles, is not offered again, and is not reported by
// another rule instead.
func TestFixSpecimens(t *testing.T) {
	if testing.Short() {
		t.Skip("analyzes the specimens")
	}
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(filepath.Join(root, "testdata"))); err != nil {
		t.Fatal(err)
	}
	t.Setenv("CONNLINT_CACHE", t.TempDir())

	before := specimens(t, dir)
	fixable := 0
	for key, n := range before {
		if strings.HasSuffix(key, "fixable") {
			fixable += n
		}
	}
	if fixable < 50 {
		t.Fatalf("only %d fixes are offered", fixable)
	}
	var stdout, stderr bytes.Buffer
	if status := Run(t.Context(), []string{"-C", dir, "-fix", "-tests=false"}, nil, &stdout, &stderr); status != exitFindings {
		t.Errorf("-fix ends with %d: %s", status, &stderr)
	}
	if strings.Contains(stderr.String(), "would not compile") {
		t.Errorf("fixes that do not compile: %s", &stderr)
	}
	stdout.Reset()
	if status := Run(t.Context(), []string{"-C", dir, "-diff", "-tests=false"}, nil, &stdout, &stderr); status != exitClean {
		t.Errorf("fixes are offered again (status %d):\n%s", status, &stdout)
	}
	for key, n := range specimens(t, dir) {
		if n > before[key] {
			t.Errorf("%d times instead of %d after fixing: %s", n, before[key], key)
		}
	}
}

// moving is what fixes elsewhere change in the message of a finding: lines, and
// methods that now take a context.
var moving = regexp.MustCompile(`( at line |\.go:)\d+|Context\b`)

// specimens counts the findings below dir by file, rule and message without its
// lines.
func specimens(t *testing.T, dir string) map[string]int {
	t.Helper()
	var stdout, stderr bytes.Buffer
	if status := Run(t.Context(), []string{"-C", dir, "-json", "-tests=false"}, nil, &stdout, &stderr); status != exitFindings {
		t.Fatalf("status %d: %s", status, &stderr)
	}
	var out struct {
		Findings []struct {
			File, Rule, Category, Message string
			Fixes                         []any
		}
	}
	if err := json.Unmarshal(stdout.Bytes(), &out); err != nil {
		t.Fatal(err)
	}
	counts := map[string]int{}
	for _, f := range out.Findings {
		key := f.File + ": " + f.Rule + "/" + f.Category + ": " + moving.ReplaceAllString(f.Message, "")
		if len(f.Fixes) > 0 {
			key += " fixable"
		}
		counts[key]++
	}
	return counts
}
