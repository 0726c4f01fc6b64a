package plugin_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

const root = ".."

// golangciVersion returns the version in .custom-gcl.yml.
func golangciVersion(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, ".custom-gcl.yml"))
	if err != nil {
		t.Fatal(err)
	}
	var custom struct {
		Version string
		Plugins []struct{ Module, Import string }
	}
	if err := yaml.Unmarshal(text, &custom); err != nil {
		t.Fatal(err)
	}
	if len(custom.Plugins) != 1 || custom.Plugins[0].Import != "github.com/connlint/connlint/plugin" {
		t.Errorf(".custom-gcl.yml names the plugins %v", custom.Plugins)
	}
	if !regexp.MustCompile(`^v2\.\d+\.\d+$`).MatchString(custom.Version) {
		t.Fatalf(".custom-gcl.yml has version %q", custom.Version)
	}
	return custom.Version
}

// The example's settings are those that the plugin takes, and the version in the
// documentation is the one that is tested.
func TestExample(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, ".golangci.example.yml"))
	if err != nil {
		t.Fatal(err)
	}
	var example struct {
		Version string
		Linters struct {
			Enable   []string
			Settings struct {
				Custom map[string]struct {
					Type     string
					Settings any
				}
			}
		}
	}
	if err := yaml.Unmarshal(text, &example); err != nil {
		t.Fatal(err)
	}
	custom, ok := example.Linters.Settings.Custom["connlint"]
	if example.Version != "2" || len(example.Linters.Enable) != 1 || example.Linters.Enable[0] != "connlint" || !ok || custom.Type != "module" {
		t.Errorf("got %+v", example)
	}
	if _, err := newPlugin(t, custom.Settings); err != nil {
		t.Error(err)
	}
	docs, err := os.ReadFile(filepath.Join(root, "docs", "golangci.md"))
	if err != nil {
		t.Fatal(err)
	}
	if want := "golangci-lint/v2@" + golangciVersion(t); !strings.Contains(string(docs), want) {
		t.Errorf("docs/golangci.md does not say %s", want)
	}
}

// TestGolangci builds golangci-lint with the plugin from the module proxy, as
// docs/golangci.md says, and runs it over two packages of which one needs to know
// what the other does, and over the specimens. It takes minutes: CONNLINT_GOLANGCI=1
// asks for it.
func TestGolangci(t *testing.T) {
	if os.Getenv("CONNLINT_GOLANGCI") == "" {
		t.Skip("set CONNLINT_GOLANGCI=1 to build golangci-lint")
	}
	golangci := buildGolangci(t)
	t.Run("app", func(t *testing.T) { testApp(t, golangci) })
	t.Run("corpus", func(t *testing.T) { testCorpus(t, golangci) })
}

func testApp(t *testing.T, golangci string) {
	dir := writeApp(t)
	example, err := os.ReadFile(filepath.Join(root, ".golangci.example.yml"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, ".golangci.yml"), example, 0o644); err != nil {
		t.Fatal(err)
	}
	run(t, dir, golangci, "config", "verify")
	for _, state := range []string{"cold", "warm"} {
		issues := golangciIssues(t, dir, golangci)
		if len(issues) != 1 || !strings.HasPrefix(issues[0], "app.go:10:15: rowsclose: rows from store.Users is not closed") {
			t.Errorf("%s: got %q", state, issues)
		}
	}
	run(t, dir, golangci, "run", "--fix", "--issues-exit-code=0")
	if issues := golangciIssues(t, dir, golangci); len(issues) != 0 {
		t.Errorf("after --fix: %q", issues)
	}
	run(t, dir, "go", "vet", "./...")
}

// everyIssue is a configuration with which golangci-lint hides nothing.
const everyIssue = `
version: "2"
linters:
  default: none
  enable: [connlint]
  settings: {custom: {connlint: {type: module}}}
  exclusions: {generated: disable}
issues: {max-issues-per-linter: 0, max-same-issues: 0, uniq-by-line: false}
`

// testCorpus wants of the specimens the diagnostics of the connlint command, one by one.
func testCorpus(t *testing.T, golangci string) {
	config := filepath.Join(t.TempDir(), "golangci.yml")
	if err := os.WriteFile(config, []byte(everyIssue), 0o644); err != nil {
		t.Fatal(err)
	}
	specimens := filepath.Join(root, "testdata")
	got := golangciIssues(t, specimens, golangci, "--config="+config, "--path-mode=abs", "./...")
	for i := range got {
		got[i] = filepath.ToSlash(got[i])
	}
	want := connlintIssues(t, specimens)
	if len(want) < 400 {
		t.Errorf("only %d diagnostics of the command", len(want))
	}
	for _, issue := range want {
		if !slices.Contains(got, issue) {
			t.Errorf("not in golangci-lint: %s", issue)
		}
	}
	for _, issue := range got {
		if !slices.Contains(want, issue) {
			t.Errorf("only in golangci-lint: %s", issue)
		}
	}
}

// connlintIssues returns what the command says of a module, in the form of golangciIssues.
func connlintIssues(t *testing.T, dir string) []string {
	t.Helper()
	dir, err := filepath.Abs(dir)
	if err != nil {
		t.Fatal(err)
	}
	binary := filepath.Join(t.TempDir(), "connlint")
	run(t, root, "go", "build", "-o", binary, "./cmd/connlint")
	cmd := exec.Command(binary, "-cache=off", "-format=plain", "./...")
	cmd.Dir = dir
	out, err := cmd.Output()
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || exit.ExitCode() != 1) {
		t.Fatal(err)
	}
	line := regexp.MustCompile(`(?m)^(\S+:\d+:\d+): (.*) \(([a-z]+)\)$`)
	var issues []string
	for _, m := range line.FindAllStringSubmatch(string(out), -1) {
		issues = append(issues, filepath.ToSlash(dir)+"/"+m[1]+": "+m[3]+": "+m[2])
	}
	return issues
}

func buildGolangci(t *testing.T) string {
	t.Helper()
	version := golangciVersion(t)
	repository, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	cmd := filepath.Join(dir, "cmd", "golangci-lint")
	if err := os.MkdirAll(cmd, 0o755); err != nil {
		t.Fatal(err)
	}
	run(t, dir, "go", "mod", "init", "gcl")
	module := downloaded(t, "github.com/golangci/golangci-lint/v2@"+version)
	sources, err := filepath.Glob(filepath.Join(module, "cmd", "golangci-lint", "*.go"))
	if err != nil || len(sources) == 0 {
		t.Fatalf("no main package: %v", err)
	}
	for _, source := range sources {
		if strings.HasSuffix(source, "_test.go") {
			continue
		}
		text, err := os.ReadFile(source)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(cmd, filepath.Base(source)), text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	const plugins = "package main\n\nimport _ \"github.com/connlint/connlint/plugin\"\n"
	if err := os.WriteFile(filepath.Join(cmd, "plugins.go"), []byte(plugins), 0o644); err != nil {
		t.Fatal(err)
	}
	run(t, dir, "go", "mod", "edit", "-require=github.com/golangci/golangci-lint/v2@"+version,
		"-require=github.com/connlint/connlint@v0.0.0", "-replace=github.com/connlint/connlint="+repository)
	run(t, dir, "go", "mod", "tidy")
	binary := filepath.Join(dir, "golangci-connlint")
	run(t, dir, "go", "build", "-o", binary, "./cmd/golangci-lint")
	return binary
}

// golangciIssues returns "file:line:column: rule: message" of each issue.
func golangciIssues(t *testing.T, dir, golangci string, args ...string) []string {
	t.Helper()
	out := run(t, dir, golangci, append([]string{"run", "--issues-exit-code=0",
		"--output.text.path=", "--output.json.path=stdout", "--show-stats=false"}, args...)...)
	var report struct {
		Issues []struct {
			FromLinter, Text string
			Pos              struct {
				Filename     string
				Line, Column int
			}
		}
	}
	if err := json.Unmarshal(out, &report); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	var issues []string
	for _, issue := range report.Issues {
		if issue.FromLinter == "connlint" { // the example leaves the standard linters on
			issues = append(issues, fmt.Sprintf("%s:%d:%d: %s", issue.Pos.Filename, issue.Pos.Line, issue.Pos.Column, issue.Text))
		}
	}
	return issues
}

func run(t *testing.T, dir, name string, args ...string) []byte {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOFLAGS=", "GOWORK=off")
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s%s", name, strings.Join(args, " "), err, out, &stderr)
	}
	return out
}
