package driver

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"github.com/connlint/connlint/internal/config"
)

const root = "../.."

func glob(t *testing.T, patterns ...string) []string {
	t.Helper()
	var out []string
	for _, p := range patterns {
		files, err := filepath.Glob(filepath.Join(root, p))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %v, %v", p, files, err)
		}
		out = append(out, files...)
	}
	return out
}

// commandLine matches connlint with arguments in a line of a recipe, a fenced block
// or a code span.
var commandLine = regexp.MustCompile("(?:^|[`$|&;:]|tool|- run:|entry:)\\s*connlint((?: +[^\\s`|&;#]+)*)")

// Every command line in the documentation and the recipes is one that connlint
// takes.
func TestCommandLinesInDocs(t *testing.T) {
	found := 0
	for _, file := range glob(t, "README.md", "CONTRIBUTING.md", "docs/*.md", "docs/ci/*") {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for i, line := range strings.Split(string(text), "\n") {
			for _, m := range commandLine.FindAllStringSubmatch(line, -1) {
				args := strings.Fields(strings.TrimRight(m[1], ",.:"))
				if len(args) == 0 || slices.Contains(subcommands, args[0]) || !strings.HasPrefix(args[0], "-") && !strings.Contains(args[0], "./") {
					continue
				}
				found++
				if _, err := parseOptions(args); err != nil {
					t.Errorf("%s:%d: connlint %s: %v", file, i+1, strings.Join(args, " "), err)
				}
			}
		}
	}
	if found < 10 {
		t.Errorf("only %d command lines found", found)
	}
}

// read parses a YAML file into nested maps.
func read(t *testing.T, file string) map[string]any {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var out map[string]any
	if err := yaml.Unmarshal(text, &out); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return out
}

// at goes down maps and lists.
func at(t *testing.T, v any, path ...any) any {
	t.Helper()
	for _, step := range path {
		switch step := step.(type) {
		case string:
			m, ok := v.(map[string]any)
			if !ok || m[step] == nil {
				t.Fatalf("no %v in %v", step, v)
			}
			v = m[step]
		case int:
			l, ok := v.([]any)
			if !ok || len(l) <= step {
				t.Fatalf("no element %d in %v", step, v)
			}
			v = l[step]
		}
	}
	return v
}

func TestGitHubRecipe(t *testing.T) {
	y := read(t, filepath.Join(root, "docs/ci/github.yml"))
	if got := at(t, y, "permissions", "security-events"); got != "write" {
		t.Errorf("uploading SARIF needs security-events: write, not %v", got)
	}
	var run, uploads string
	for _, step := range at(t, y, "jobs", "connlint", "steps").([]any) {
		step := step.(map[string]any)
		if s, ok := step["run"].(string); ok {
			run += s + "\n"
		}
		if s, ok := step["uses"].(string); ok {
			if !regexp.MustCompile(`^[\w-]+/[\w/-]+@v\d+$`).MatchString(s) {
				t.Errorf("uses: %s has no version", s)
			}
			if with, ok := step["with"].(map[string]any); ok {
				for _, key := range []string{"sarif_file", "path"} {
					if file, ok := with[key].(string); ok {
						uploads += file + "\n"
					}
				}
			}
		}
	}
	for _, file := range []string{"connlint.sarif", "connlint.html"} {
		if !strings.Contains(run, "="+file) || !strings.Contains(uploads, file) {
			t.Errorf("%s is not both written and uploaded", file)
		}
	}
}

func TestGitLabRecipe(t *testing.T) {
	y := read(t, filepath.Join(root, "docs/ci/gitlab.yml"))
	quality := at(t, y, "connlint", "artifacts", "reports", "codequality").(string)
	script := at(t, y, "connlint", "script", 1).(string)
	if !strings.Contains(script, "-output gitlab="+quality) {
		t.Errorf("%s is not written by %s", quality, script)
	}
	cache := at(t, y, "connlint", "variables", "CONNLINT_CACHE").(string)
	if kept := at(t, y, "connlint", "cache", "paths", 0).(string); cache != "$CI_PROJECT_DIR/"+kept {
		t.Errorf("the cache is in %s, kept is %s", cache, kept)
	}
}

func TestPreCommitRecipe(t *testing.T) {
	y := read(t, filepath.Join(root, "docs/ci/pre-commit-config.yaml"))
	hook := at(t, y, "repos", 0, "hooks", 0).(map[string]any)
	if hook["pass_filenames"] != false || hook["language"] != "system" || !strings.HasPrefix(hook["entry"].(string), "go tool connlint ") {
		t.Errorf("got %v", hook)
	}
}

func TestIssueForms(t *testing.T) {
	for _, file := range glob(t, ".github/ISSUE_TEMPLATE/[^c]*.yml") {
		y := read(t, file)
		for _, key := range []string{"name", "description"} {
			at(t, y, key)
		}
		ids := map[any]bool{}
		for _, field := range at(t, y, "body").([]any) {
			id := at(t, field, "id")
			if ids[id] {
				t.Errorf("%s: two fields %v", file, id)
			}
			ids[id] = true
			at(t, field, "attributes", "label")
		}
	}
	y := read(t, filepath.Join(root, ".github/ISSUE_TEMPLATE/false-report.yml"))
	if at(t, y, "body", 0, "id") != "txtar" || at(t, y, "body", 0, "validations", "required") != true {
		t.Error("a false report does not need a txtar")
	}
}

// The configuration in the manual is one that is taken.
func TestConfigurationInManual(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, "cmd/connlint/doc.go"))
	if err != nil {
		t.Fatal(err)
	}
	_, section, ok := strings.Cut(string(text), "// # Configuration\n")
	if !ok {
		t.Fatal("the manual has no section Configuration")
	}
	var example strings.Builder
	for _, line := range strings.Split(section, "\n") {
		if strings.HasPrefix(line, "// #") {
			break
		}
		if code, ok := strings.CutPrefix(line, "//\t"); ok {
			example.WriteString(code + "\n")
		}
	}
	c, err := config.Parse("doc.go", []byte(example.String()), Suite())
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Rules) == 0 || c.Catalog.Text == "" || c.Poolbudget == nil {
		t.Errorf("read only %+v of\n%s", c, &example)
	}
}
