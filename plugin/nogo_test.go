package plugin_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/connlint/connlint/passes"
)

// rulesGo is the version of Bazel's rules_go whose nogo is tested.
const rulesGo = "github.com/bazelbuild/rules_go@v0.65.0"

// TestNogo builds nogo, Bazel's driver of analyzers, from the code of rules_go with
// all rules, and runs it over two packages as Bazel does: one process a package,
// facts through files. It takes a minute: CONNLINT_NOGO=1 asks for it.
func TestNogo(t *testing.T) {
	if os.Getenv("CONNLINT_NOGO") == "" {
		t.Skip("set CONNLINT_NOGO=1 to build nogo")
	}
	nogo := buildNogo(t)
	dir := writeApp(t)
	importcfg := filepath.Join(dir, "importcfg")
	exports := run(t, dir, "go", "list", "-deps", "-export", "-f", "{{if .Export}}packagefile {{.ImportPath}}={{.Export}}{{end}}", "./...")
	if err := os.WriteFile(importcfg, exports, 0o644); err != nil {
		t.Fatal(err)
	}
	facts := filepath.Join(dir, "store.facts")
	out, err := runNogo(dir, nogo, "-p", "example.com/app/store", "-importcfg", importcfg, "-x", facts, "store/store.go")
	if err != nil || out != "" {
		t.Fatalf("store: %v\n%s", err, out)
	}
	if info, err := os.Stat(facts); err != nil || info.Size() == 0 {
		t.Fatalf("store has no facts: %v", err)
	}
	fixes := t.TempDir()
	out, err = runNogo(dir, nogo, "-p", "example.com/app", "-importcfg", importcfg, "-fact", "example.com/app/store="+facts,
		"-x", filepath.Join(dir, "app.facts"), "-fix_dir", fixes, "app.go")
	if exit := new(exec.ExitError); !errors.As(err, &exit) {
		t.Errorf("app: got %v, want findings", err)
	}
	want := "app.go:10:15: rows from store.Users is not closed when the function returns at line 15: its connection never goes back to the pool (rowsclose)"
	if !strings.Contains(out, want) || strings.Count(out, "(rowsclose)") != 1 {
		t.Errorf("app: got %s\nwant %s", out, want)
	}
	patches, err := filepath.Glob(filepath.Join(fixes, "*"))
	if err != nil || len(patches) == 0 {
		t.Errorf("no patch: %v", err)
	}
}

func runNogo(dir, nogo string, args ...string) (string, error) {
	cmd := exec.Command(nogo, append([]string{"-go_version", strings.TrimPrefix(runtime.Version(), "go")}, args...)...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOARCH="+runtime.GOARCH)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// buildNogo puts nogo's sources into a copy of x/tools, of which nogo imports an
// internal package.
func buildNogo(t *testing.T) string {
	t.Helper()
	repository, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "tools")
	if err := os.CopyFS(dir, os.DirFS(moduleDir(t, repository, "golang.org/x/tools"))); err != nil {
		t.Fatal(err)
	}
	run(t, ".", "chmod", "-R", "u+w", dir)
	sources := filepath.Join(downloaded(t, rulesGo), "go", "tools", "builders")
	nogo := filepath.Join(dir, "nogo")
	if err := os.Mkdir(nogo, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"nogo_main.go", "nogo_fix.go", "nogo_version.go", "nogo_goversions_go118.go",
		"nogo_goversions_go121.go", "nogo_goversions_go122.go", "nolint.go", "constants.go", "env.go", "flags.go"} {
		text, err := os.ReadFile(filepath.Join(sources, name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(nogo, name), text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(nogo, "analyzers.go"), []byte(nogoAnalyzers()), 0o644); err != nil {
		t.Fatal(err)
	}
	run(t, dir, "go", "mod", "edit", "-require=github.com/connlint/connlint@v0.0.0", "-replace=github.com/connlint/connlint="+repository)
	run(t, dir, "go", "get", "github.com/aymanbagabas/go-udiff@v0.3.1")
	binary := filepath.Join(dir, "nogo.exe")
	run(t, dir, "go", "build", "-mod=mod", "-o", binary, "./nogo")
	return binary
}

// nogoAnalyzers is the file that generate_nogo_main.go of rules_go makes for the
// analyzers in a nogo rule's deps: each is a package that exports Analyzer.
func nogoAnalyzers() string {
	var imports, list strings.Builder
	for i, a := range passes.All {
		fmt.Fprintf(&imports, "\ta%d %q\n", i, "github.com/connlint/connlint/passes/"+a.Name)
		fmt.Fprintf(&list, "\ta%d.Analyzer,\n", i)
	}
	return "package main\n\nimport (\n\t\"golang.org/x/tools/go/analysis\"\n\n" + imports.String() + ")\n\n" +
		"var analyzers = []*analysis.Analyzer{\n" + list.String() + "}\n\n" +
		"var configs = map[string]config{}\n\nconst debugMode = false\n"
}

func moduleDir(t *testing.T, dir, module string) string {
	t.Helper()
	return strings.TrimSpace(string(run(t, dir, "go", "list", "-m", "-f", "{{.Dir}}", module)))
}

// downloaded returns the directory of a module, with its version, from the proxy.
func downloaded(t *testing.T, module string) string {
	t.Helper()
	var m struct{ Dir string }
	if err := json.Unmarshal(run(t, t.TempDir(), "go", "mod", "download", "-json", module), &m); err != nil {
		t.Fatal(err)
	}
	return m.Dir
}
