package pools

import (
	"bytes"
	"encoding/gob"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"testing"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/checker"
	"golang.org/x/tools/go/packages"
)

// The facts of the specimens, as a wire format: they survive gob, and two runs
// write the same bytes.
func TestFacts(t *testing.T) {
	first, second := facts(t), facts(t)
	if len(first) == 0 {
		t.Fatal("the specimens have no facts")
	}
	for name, s := range first {
		data := encode(t, s)
		if other := second[name]; other == nil || !bytes.Equal(data, encode(t, other)) {
			t.Errorf("%s: %v and %v of two runs differ", name, s, other)
		}
		back := new(summary)
		if err := gob.NewDecoder(bytes.NewReader(data)).Decode(back); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if !reflect.DeepEqual(s, back) {
			t.Errorf("%s: %v comes back as %v", name, s, back)
		}
	}
	// What the facts say of some, so that the test tells them from nothing.
	for name, want := range map[string]string{
		"(*testdata.connlint.dev/specimens/poolwait/crosspkg/store.Store).Get":      "acquires from 0.db",
		"testdata.connlint.dev/specimens/poollimits/helper/tune.Size":               "sets max-open of 0",
		"(*testdata.connlint.dev/specimens/requestopen/crosspkg/store.Store).Close": "closes 0.db",
	} {
		if got := fmt.Sprint(first[name]); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	t.Log(len(first), "facts:", slices.Sorted(maps.Keys(first)))
}

func encode(t *testing.T, s *summary) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := gob.NewEncoder(&b).Encode(s); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// facts analyzes packages of specimens and returns the facts of their functions.
func facts(t *testing.T) map[string]*summary {
	t.Helper()
	pkgs, err := packages.Load(&packages.Config{Mode: packages.LoadAllSyntax, Dir: "../../testdata"},
		"./poolwait/crosspkg/store", "./poollimits/helper/tune", "./requestopen/crosspkg/store")
	if err != nil {
		t.Fatal(err)
	}
	graph, err := checker.Analyze([]*analysis.Analyzer{Analyzer}, pkgs, nil)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]*summary{}
	for _, act := range graph.Roots {
		if act.Err != nil {
			t.Fatal(act.Err)
		}
		for _, f := range act.AllObjectFacts() {
			if s, ok := f.Fact.(*summary); ok && f.Object.Pkg() == act.Package.Types {
				out[fmt.Sprint(f.Object.(interface{ FullName() string }).FullName())] = s
			}
		}
	}
	return out
}
