package programs

import (
	"bytes"
	"encoding/gob"
	"path/filepath"
	"reflect"
	"testing"

	"golang.org/x/tools/go/analysis/analysistest"

	"github.com/connlint/connlint/internal/budget"
)

// What Printer says of the specimens is what Parse reads, whichever way the pool came
// to main.
func TestPrinter(t *testing.T) {
	dir, err := filepath.Abs("../../testdata")
	if err != nil {
		t.Fatal(err)
	}
	const specimens = "testdata.connlint.dev/specimens/poolbudget/"
	want := map[string][]budget.Pool{
		"over":             {{Name: "db", Pos: "over/main.go:12", Max: 10, Why: "limited to 10"}},
		"unlimited":        {{Name: "db", Pos: "unlimited/main.go:12", Max: budget.Unlimited, Why: "SetMaxOpenConns is never called"}},
		"crosspkg/opened":  {{Name: "db", Pos: "crosspkg/store/store.go:13", Max: 30, Why: "limited to 30"}},
		"crosspkg/limited": {{Name: "db", Pos: "crosspkg/store/store.go:22", Max: 5, Why: "limited to 5"}},
		"runtime":          {{Name: "db", Pos: "runtime/main.go:13", Max: 1, Unknown: true, Why: "its limit is decided at run time"}},
		"inprocess":        nil,
	}
	var patterns []string
	for name := range want {
		patterns = append(patterns, "./poolbudget/"+name)
	}
	for _, r := range analysistest.Run(new(discard), dir, Printer, patterns...) {
		var messages []string
		for _, d := range r.Diagnostics {
			messages = append(messages, d.Message)
		}
		got, err := Parse(messages, "testdata.connlint.dev/specimens/poolbudget")
		if err != nil {
			t.Fatal(err)
		}
		name := r.Pass.Pkg.Path()[len(specimens):]
		if pools := want[name]; pools == nil {
			if len(got) > 0 {
				t.Errorf("%s: %+v; want none", name, got)
			}
		} else if len(got) != 1 || !reflect.DeepEqual(got[0].Pools, pools) {
			t.Errorf("%s: %+v; want %+v", name, got, pools)
		}
	}
}

// discard drops what analysistest says of diagnostics without an expectation.
type discard struct{}

func (*discard) Errorf(string, ...any) {}

func TestParseErrors(t *testing.T) {
	if _, err := Parse([]string{"no JSON"}, ""); err == nil {
		t.Error("taken")
	}
}

func TestShorten(t *testing.T) {
	for _, tt := range [][2]string{
		{"example.com/shop/store/open.go:12", "store/open.go:12"},
		{"db@example.com/shop/store/open.go:12", "db@store/open.go:12"},
		{"example.org/lib/open.go:12", "example.org/lib/open.go:12"},
	} {
		if got := shorten(tt[0], "example.com/shop"); got != tt[1] {
			t.Errorf("%s: %s; want %s", tt[0], got, tt[1])
		}
	}
}

// The facts survive the way through a file of facts.
func TestFacts(t *testing.T) {
	in := &opens{[]opened{{Pool: budget.Pool{Name: "db", Pos: "a/b.go:1", Max: budget.Unlimited, Why: "x"}, Handed: true}}}
	var buf bytes.Buffer
	if err := gob.NewEncoder(&buf).Encode(in); err != nil {
		t.Fatal(err)
	}
	out := new(opens)
	if err := gob.NewDecoder(&buf).Decode(out); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(in, out) {
		t.Errorf("%+v; want %+v", out, in)
	}
}
