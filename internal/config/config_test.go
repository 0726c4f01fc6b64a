package config_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/connlint/connlint/internal/config"
	"github.com/connlint/connlint/internal/report"
)

var suite = config.Suite{"rowsclose": {"strict"}, "connretry": {"on"}, "txdone": {}}

const full = `
rules:
  txdone: off
  rowsclose:
    severity: warning
    flags: {strict: true}
  connretry:
    enabled: on
    categories:
      storm: error
      once: off
fail-on: error
tests: false
generated: true
exclude:
  - gen
  - "**/mock_*.go"
tags: [integration]
catalog: |
  acquire example.com/db.Open 0 conn
  release (*example.com/db.Conn).Close conn
catalog-files: [db.catalog]
roots: [example.com/app.Context]
baseline: known.json
poolbudget:
  max-connections: 100
  headroom: 10%
  workloads:
    - name: api
      replicas: 3
`

func TestParse(t *testing.T) {
	c, err := config.Parse("c.yml", []byte(full), suite)
	if err != nil {
		t.Fatal(err)
	}
	if on := c.Rules["txdone"].On; on == nil || *on {
		t.Error("txdone is not off")
	}
	if r := c.Rules["rowsclose"]; r.On != nil || r.Severity != report.Warning || r.Flags["strict"].Value != "true" || r.Flags["strict"].Line != 6 {
		t.Errorf("rowsclose: %+v", r)
	}
	if r := c.Rules["connretry"]; !*r.On || r.Categories["storm"].Severity != report.Error || *r.Categories["once"].On {
		t.Errorf("connretry: %+v", r)
	}
	if c.FailOn.Fails(report.Warning) || !c.FailOn.Fails(report.Error) {
		t.Error("fail-on")
	}
	if *c.Tests || !*c.Generated || len(c.Exclude) != 2 || c.Tags[0] != "integration" || c.Baseline != "known.json" {
		t.Errorf("got %+v", c)
	}
	if !strings.HasPrefix(c.Catalog.Text, "acquire example.com") || c.Catalog.Line != 20 {
		t.Errorf("catalog: %+v", c.Catalog)
	}
	if c.Poolbudget.MaxConnections != 100 || *c.Poolbudget.Workloads[0].Replicas != 3 {
		t.Errorf("poolbudget: %+v", c.Poolbudget)
	}
}

// The errors that testdata/script/config_broken.txtar of the command does not show.
func TestErrors(t *testing.T) {
	for text, want := range map[string]string{
		"[]":                              "c.yml:1: want a mapping, not a list",
		"rules: [a]":                      "c.yml:1: rules: want a mapping, not a list",
		"rules:\n  txdone:\n    on: yes":  "c.yml:3: rules.txdone.on: unknown key: one of enabled, severity, categories, flags",
		"rules:\n  txdone: {severity: x}": `c.yml:2: rules.txdone.severity: want error, warning or note, not "x"`,
		"rules:\n  txdone:\n    categories:\n      a: loud": `c.yml:4: rules.txdone.categories.a: want on, off, error, warning or note, not "loud"`,
		"rules: {? [a] : b}":                         "c.yml:1: rules: a key must be a word, not a list",
		"rules: {rowsclose: {flags: {strict: [1]}}}": "c.yml:1: rules.rowsclose.flags.strict: want a single value",
		"catalog: [a]":                               "c.yml:1: catalog: want text: one line of the catalog a line, after a |",
		"exclude: [\"\"]":                            "c.yml:1: exclude[0]: an empty pattern excludes nothing",
		"exclude:\n- 'a\\b'":                         `c.yml:2: exclude[0]: "a\\b": write directories with /`,
		"poolbudget:\n  max-connections: many":       `c.yml:2: poolbudget.max-connections: want a number, not "many"`,
		"poolbudget:\n  headroom: 200%":              `c.yml:2: poolbudget.headroom: "200%" is not a percentage between 0 and 100`,
		"poolbudget:\n  max-connections: -1":         "c.yml:2: poolbudget: max-connections is -1",
		"poolbudget:\n  workloads:\n  - nam: a":      "c.yml:3: poolbudget.workloads[0].nam: unknown key: did you mean name?",
	} {
		_, err := config.Parse("c.yml", []byte(text), suite)
		if err == nil || err.Error() != want {
			t.Errorf("%s\n got %v\nwant %s", text, err, want)
		}
	}
}

func TestFind(t *testing.T) {
	root := t.TempDir()
	write := func(name string) {
		name = filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write(".connlint.yml")
	write("repo/.git/HEAD")
	write("repo/a/b/x.go")
	write("repo/c/.connlint.yaml")
	write("repo/c/d/x.go")
	for dir, want := range map[string]string{
		"repo/a/b": "", // what lies outside the repository is not the repository's
		"repo/c/d": "repo/c/.connlint.yaml",
		"repo/c":   "repo/c/.connlint.yaml",
		".":        ".connlint.yml",
	} {
		got, err := config.Find(filepath.Join(root, dir))
		if err != nil {
			t.Fatal(err)
		}
		if want != "" {
			want = filepath.Join(root, want)
		}
		if got != want {
			t.Errorf("from %s: got %q, want %q", dir, got, want)
		}
	}
}

func TestMatcher(t *testing.T) {
	for _, test := range []struct {
		pattern string
		yes, no []string
	}{
		{"gen", []string{"gen", "gen/a.go", "x/gen/a.go"}, []string{"genx/a.go", "a/gen.go"}},
		{"./gen/", []string{"gen/a.go"}, []string{"a.go"}},
		{"*.pb.go", []string{"a.pb.go", "x/y/a.pb.go"}, []string{"a.pb.gox", "apb.go"}},
		{"x/*.go", []string{"x/a.go"}, []string{"x/y/a.go", "y/x/a.go"}},
		{"x/**", []string{"x/a.go", "x/y/a.go"}, []string{"xy/a.go"}},
		{"**/x/a?.go", []string{"x/ab.go", "q/r/x/ab.go"}, []string{"x/a.go", "x/a/.go"}},
	} {
		m, err := config.NewMatcher([]string{test.pattern})
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range test.yes {
			if !m.Match(name) {
				t.Errorf("%s does not match %s", test.pattern, name)
			}
		}
		for _, name := range test.no {
			if m.Match(name) {
				t.Errorf("%s matches %s", test.pattern, name)
			}
		}
	}
}

func TestRootLine(t *testing.T) {
	for root, want := range map[string]string{
		"example.com/app.Context":     "root example.com/app.Context request",
		"example.com/app.On arg=1":    "root example.com/app.On request arg=1",
		"example.com/app.On job":      "root example.com/app.On job",
		"example.com/app.T job arg=0": "root example.com/app.T job arg=0",
	} {
		if got := config.RootLine(root); got != want {
			t.Errorf("%s: got %s, want %s", root, got, want)
		}
	}
}

// The schema for editors has the keys that the decoder has.
func TestSchema(t *testing.T) {
	text, err := os.ReadFile("../../docs/connlint.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	var schema map[string]any
	if err := json.Unmarshal(text, &schema); err != nil {
		t.Fatal(err)
	}
	compare(t, "", schema, reflect.TypeFor[config.Config]())
}

func compare(t *testing.T, key string, schema map[string]any, typ reflect.Type) {
	for typ.Kind() == reflect.Pointer {
		typ = typ.Elem()
	}
	if typ.Kind() == reflect.Slice && typ.Elem().Kind() == reflect.Struct {
		items, _ := schema["items"].(map[string]any)
		compare(t, key+"[]", items, typ.Elem())
		return
	}
	if typ.Kind() != reflect.Struct || typ == reflect.TypeFor[config.Lines]() {
		return
	}
	properties, _ := schema["properties"].(map[string]any)
	var want, got []string
	for i := range typ.NumField() {
		name := strings.Split(typ.Field(i).Tag.Get("yaml"), ",")[0]
		if name == "" || name == "-" {
			continue
		}
		want = append(want, name)
		if p, ok := properties[name].(map[string]any); ok {
			compare(t, key+"."+name, p, typ.Field(i).Type)
		}
	}
	for name := range properties {
		got = append(got, name)
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(want, got) {
		t.Errorf("%s: the schema has %v, the configuration %v", key, got, want)
	}
	if schema["additionalProperties"] != false {
		t.Errorf("%s: the schema allows unknown keys", key)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(full))
	f.Add([]byte("rules: &a {rowsclose: *a}"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if _, err := config.Parse("c.yml", text, suite); err != nil && !strings.HasPrefix(err.Error(), "c.yml:") {
			t.Errorf("%v does not name the file", err)
		}
	})
}
