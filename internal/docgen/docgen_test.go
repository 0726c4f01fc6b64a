package docgen_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/tools/go/analysis"

	"github.com/connlint/connlint/internal/docgen"
	"github.com/connlint/connlint/passes"
)

const root = "../.."

// What is generated is what is committed.
func TestFresh(t *testing.T) {
	files, err := docgen.Files(root, passes.All)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range files {
		got, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != string(want) {
			t.Errorf("%s is stale: run go generate ./...", name)
		}
	}
}

var rule = &analysis.Analyzer{
	Name: "somerule",
	Doc: `somerule: finds
| things.

A paragraph with [brackets] and *stars*.

# Wrong

	a := 1

	b := 2

# Right

Nothing.`,
	URL: "https://example.com/somerule",
}

func init() {
	rule.Flags.Bool("strict", false, "find more")
	rule.Flags.Int("max", 3, "how `many`")
}

func TestSummary(t *testing.T) {
	if got := docgen.Summary(rule); got != "finds | things" {
		t.Errorf("got %q", got)
	}
}

func TestText(t *testing.T) {
	const want = `somerule: finds | things

A paragraph with [brackets] and *stars*.

# Wrong

    a := 1

    b := 2

# Right

Nothing.

# Flags

    -somerule.max
        how ` + "`many`" + ` (default 3)
    -somerule.strict
        find more

https://example.com/somerule
`
	if got := docgen.Text(rule, 80); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

func TestMarkdown(t *testing.T) {
	const want = "A paragraph with [brackets] and *stars*.\n\n### Wrong\n\n```go\na := 1\n\nb := 2\n```\n\n### Right\n\nNothing.\n" +
		"\n### Flags\n\n- `-somerule.max`: how `many` (default 3)\n- `-somerule.strict`: find more\n"
	got := strings.NewReplacer(`\[`, "[", `\]`, "]", `\*`, "*").Replace(docgen.Markdown(rule, 3))
	if got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

func TestTable(t *testing.T) {
	got := docgen.Table([]*analysis.Analyzer{rule}, "#")
	if want := `| [somerule](#somerule) | error | finds \| things |`; !strings.Contains(got, want) {
		t.Errorf("got %s, want a row %s", got, want)
	}
}

// Links between the documents, and to files of the repository, lead somewhere.
func TestLinks(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)#\s]+)(#[^)\s]*)?\)`)
	pages, err := filepath.Glob(filepath.Join(root, "docs", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	pages = append(pages, filepath.Join(root, "README.md"), filepath.Join(root, "CONTRIBUTING.md"), filepath.Join(root, "CHANGELOG.md"))
	for _, page := range pages {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range link.FindAllStringSubmatch(string(text), -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			if _, err := os.Stat(filepath.Join(filepath.Dir(page), m[1])); err != nil {
				t.Errorf("%s: broken link to %s", page, m[1])
			}
		}
	}
}
