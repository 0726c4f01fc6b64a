package main_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/diff"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/connlint/connlint/internal/driver"
)

// The report that the README begins with is what connlint prints for the file that
// the script text.txtar has.
func TestReportInReadme(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(readme), "```\n")
	want, _, ok := strings.Cut(rest, "```\n")
	if !ok {
		t.Fatal("the README has no block of code")
	}
	script, err := txtar.ParseFile("testdata/script/text.txtar")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, f := range script.Files {
		name := filepath.Join(dir, f.Name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, f.Data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("CONNLINT_CACHE", t.TempDir())
	var stdout, stderr bytes.Buffer
	driver.Run(t.Context(), []string{"-C", dir, "-format=text", "-color=never"}, nil, &stdout, &stderr)
	if stdout.String() != want {
		t.Errorf("%s\n%s", diff.Diff("README.md", []byte(want), "connlint", stdout.Bytes()), &stderr)
	}
}
