package passes_test

import (
	"fmt"
	"go/doc/comment"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/checker"
	"golang.org/x/tools/go/packages"

	"github.com/connlint/connlint/passes"
	"github.com/connlint/connlint/passes/poolbudget"
)

// The suite is what the folders are, by the same names.
func TestSuiteEqualsFolders(t *testing.T) {
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	var folders, names []string
	for _, e := range entries {
		if e.IsDir() {
			folders = append(folders, e.Name())
		}
	}
	for _, a := range passes.All {
		names = append(names, a.Name)
	}
	slices.Sort(names)
	if !slices.Equal(folders, names) {
		t.Errorf("folders %v\nsuite   %v", folders, names)
	}
	if err := analysis.Validate(passes.All); err != nil {
		t.Error(err)
	}
}

// Every rule tells the same things in the same order.
func TestDocsAreComplete(t *testing.T) {
	for _, a := range passes.All {
		if !regexp.MustCompile(`^[a-z]+$`).MatchString(a.Name) {
			t.Errorf("%s: the name is not one lower-case word", a.Name)
		}
		if want := "https://pkg.go.dev/github.com/connlint/connlint/passes/" + a.Name; a.URL != want {
			t.Errorf("%s: URL is %s, want %s", a.Name, a.URL, want)
		}
		if first, _, _ := strings.Cut(a.Doc, "\n"); !strings.HasPrefix(first, a.Name+": ") {
			t.Errorf("%s: Doc begins with %q, not with the name and a summary", a.Name, first)
		}
		var headings []string
		for _, b := range parse(a).Content {
			if h, ok := b.(*comment.Heading); ok {
				headings = append(headings, plain(h.Text))
			}
		}
		if want := []string{"Wrong", "Right", "Limits", "Silencing"}; !slices.Equal(headings, want) {
			t.Errorf("%s: the sections of Doc are %v, want %v", a.Name, headings, want)
		}
	}
}

// Each Wrong example is reported by its rule, no Right example by any.
func TestExamplesAreAnalyzed(t *testing.T) {
	dir, err := filepath.Abs("../testdata")
	if err != nil {
		t.Fatal(err)
	}
	overlay := map[string][]byte{}
	var patterns []string
	for _, a := range passes.All {
		for section, blocks := range examples(a) {
			for i, block := range blocks {
				folder := fmt.Sprintf("docexample/%s_%s_%d", a.Name, strings.ToLower(section), i)
				overlay[filepath.Join(dir, folder, "example.go")] = []byte(program(block))
				patterns = append(patterns, "./"+folder)
			}
		}
	}
	pkgs, err := packages.Load(&packages.Config{Mode: packages.LoadAllSyntax, Dir: dir, Overlay: overlay}, patterns...)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range pkgs {
		for _, err := range p.Errors {
			t.Errorf("%s: %v\n%s", p.PkgPath, err, overlay[filepath.Join(dir, strings.TrimPrefix(p.PkgPath, "testdata.connlint.dev/specimens/"), "example.go")])
		}
	}
	if t.Failed() {
		return
	}
	// poolbudget says nothing without figures: those that its examples name.
	const figures = "{max-connections: 100, workloads: [{name: poolbudget_wrong_0, replicas: 20}, {name: poolbudget_right_0, replicas: 20}]}"
	if err := poolbudget.Analyzer.Flags.Set("figures", figures); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { poolbudget.Analyzer.Flags.Set("figures", "{}") })
	graph, err := checker.Analyze(passes.All, pkgs, nil)
	if err != nil {
		t.Fatal(err)
	}
	reported := map[string][]string{} // package → rule: message
	for _, act := range graph.Roots {
		if act.Err != nil {
			t.Errorf("%v: %v", act, act.Err)
		}
		for _, d := range act.Diagnostics {
			reported[act.Package.PkgPath] = append(reported[act.Package.PkgPath], act.Analyzer.Name+": "+d.Message)
		}
	}
	for _, p := range pkgs {
		name := filepath.Base(p.PkgPath)
		rule, rest, _ := strings.Cut(name, "_")
		byRule := slices.ContainsFunc(reported[p.PkgPath], func(s string) bool { return strings.HasPrefix(s, rule+": ") })
		switch {
		case strings.HasPrefix(rest, "wrong") && !byRule:
			t.Errorf("%s: the Wrong example is not reported", name)
		case strings.HasPrefix(rest, "right") && len(reported[p.PkgPath]) > 0:
			t.Errorf("%s: the Right example is reported: %v", name, reported[p.PkgPath])
		}
	}
}

func parse(a *analysis.Analyzer) *comment.Doc {
	var p comment.Parser
	return p.Parse(a.Doc)
}

func plain(text []comment.Text) string {
	var b strings.Builder
	for _, t := range text {
		switch t := t.(type) {
		case comment.Plain:
			b.WriteString(string(t))
		case comment.Italic:
			b.WriteString(string(t))
		}
	}
	return b.String()
}

// examples returns the code blocks below the headings Wrong and Right.
func examples(a *analysis.Analyzer) map[string][]string {
	out := map[string][]string{}
	section := ""
	for _, b := range parse(a).Content {
		switch b := b.(type) {
		case *comment.Heading:
			section = plain(b.Text)
		case *comment.Code:
			if section == "Wrong" || section == "Right" {
				out[section] = append(out[section], b.Text)
			}
		}
	}
	return out
}

// imported are the packages that examples may use without an import.
var imported = map[string]string{
	"backoff": "github.com/cenkalti/backoff/v5",
	"context": "context",
	"driver":  "database/sql/driver",
	"errors":  "errors",
	"fmt":     "fmt",
	"http":    "net/http",
	"io":      "io",
	"json":    "encoding/json",
	"lambda":  "github.com/aws/aws-lambda-go/lambda",
	"log":     "log",
	"mysql":   "github.com/go-sql-driver/mysql",
	"os":      "os",
	"pgx":     "github.com/jackc/pgx/v5",
	"pgxpool": "github.com/jackc/pgx/v5/pgxpool",
	"pgconn":  "github.com/jackc/pgx/v5/pgconn",
	"sql":     "database/sql",
	"sqlx":    "github.com/jmoiron/sqlx",
	"strings": "strings",
	"sync":    "sync",
	"time":    "time",
}

// assumed are the declarations that examples leave to the reader.
var assumed = map[string]string{
	"serve":  "func serve(w http.ResponseWriter, r *http.Request, db *sql.DB) {}",
	"server": "type server struct{ db *sql.DB }",
	"store":  "type store struct{ db *sql.DB }",
}

// program makes a file of an example.
func program(code string) string {
	if strings.HasPrefix(code, "package ") {
		return code
	}
	var b strings.Builder
	b.WriteString("package example\n\n")
	if regexp.MustCompile(`(?m)^func main\(\)`).MatchString(code) {
		b.Reset()
		b.WriteString("package main\n\n")
	}
	for name, decl := range assumed {
		declared := regexp.MustCompile(`(?m)^(type|func) ` + name + `\b`).MatchString(code)
		if regexp.MustCompile(`\b`+name+`\b`).MatchString(code) && !declared {
			code += "\n" + decl + "\n"
		}
	}
	for name, path := range imported {
		if regexp.MustCompile(`\b` + name + `\.[A-Z]`).MatchString(code) {
			fmt.Fprintf(&b, "import %s %q\n", name, path)
		}
	}
	b.WriteString("\n" + code)
	return b.String()
}
