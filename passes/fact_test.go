package passes_test

import (
	"bytes"
	"encoding/gob"
	"fmt"
	"go/types"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/packages"

	"github.com/connlint/connlint/internal/load/unit"
	"github.com/connlint/connlint/passes"
)

// factTypes returns a pointer to a zero fact of each type that the suite uses.
func factTypes() []analysis.Fact {
	seen := map[*analysis.Analyzer]bool{}
	var out []analysis.Fact
	var visit func(a *analysis.Analyzer)
	visit = func(a *analysis.Analyzer) {
		if seen[a] {
			return
		}
		seen[a] = true
		out = append(out, a.FactTypes...)
		for _, req := range a.Requires {
			visit(req)
		}
	}
	for _, a := range passes.All {
		visit(a)
	}
	return out
}

// fill sets everything in v to something that is not zero. It fails where a fact has
// what does not travel, or not in the same order each time.
func fill(t *testing.T, what string, v reflect.Value, n *int) {
	*n++
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		v.SetInt(int64(*n%100 + 1))
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		v.SetUint(uint64(*n%100 + 1))
	case reflect.Float64:
		v.SetFloat(float64(*n) + 0.5)
	case reflect.String:
		v.SetString(fmt.Sprintf("text %d", *n))
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		fallthrough
	case reflect.Array:
		for i := range v.Len() {
			fill(t, what, v.Index(i), n)
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(t, what, v.Elem(), n)
	case reflect.Struct:
		for i := range v.NumField() {
			f := v.Type().Field(i)
			if !f.IsExported() {
				continue // stays in its package, such as a position
			}
			fill(t, what+"."+f.Name, v.Field(i), n)
		}
	default:
		t.Errorf("%s is a %v: it has no place in a fact, or no order", what, v.Kind())
	}
}

// Every field of every fact gets through, and the same fact is the same bytes.
func TestFactsRoundTrip(t *testing.T) {
	all := factTypes()
	if len(all) < 8 {
		t.Fatalf("only %d types of facts", len(all))
	}
	for _, zero := range all {
		typ := reflect.TypeOf(zero).Elem()
		fact := reflect.New(typ)
		n := 0
		fill(t, typ.String(), fact.Elem(), &n)
		var first []byte
		for range 10 {
			var b bytes.Buffer
			if err := gob.NewEncoder(&b).EncodeValue(fact); err != nil {
				t.Fatalf("%v: %v", typ, err)
			}
			if first == nil {
				first = b.Bytes()
			} else if !bytes.Equal(first, b.Bytes()) {
				t.Errorf("%v: other bytes the next time", typ)
			}
		}
		got := reflect.New(typ)
		if err := gob.NewDecoder(bytes.NewReader(first)).DecodeValue(got); err != nil {
			t.Errorf("%v: %v", typ, err)
		} else if !reflect.DeepEqual(got.Interface(), fact.Interface()) {
			t.Errorf("%v: got %+v, want %+v", typ, got.Elem(), fact.Elem())
		}
	}
}

// factShare is the most that facts may take, as a share of the source they are about.
// The facts about all that a package imports are read, and in go vet written again,
// whenever it is analyzed. Those about every driver and ORM among the specimens were
// 298 kB, 0.070 of the source, those of the sample 0.102; half as much again means that
// a fact has got text in it.
const factShare = 0.15

// TestFactsAreSmall measures the facts about large drivers and what they import (about
// all of them, if it is to be thorough) and makes them twice: the same bytes.
func TestFactsAreSmall(t *testing.T) {
	if testing.Short() {
		t.Skip("loads packages")
	}
	dir, err := filepath.Abs("../testdata")
	if err != nil {
		t.Fatal(err)
	}
	patterns := []string{"github.com/jackc/pgx/v5/stdlib", "github.com/doug-martin/goqu/v9", "github.com/jmoiron/sqlx"}
	if thorough() {
		patterns = []string{"./drivers"}
	}
	pkgs, err := packages.Load(&packages.Config{Mode: packages.LoadAllSyntax, Dir: dir}, patterns...)
	if err != nil {
		t.Fatal(err)
	}
	first := factsOf(t, pkgs)
	if second := factsOf(t, pkgs); !reflect.DeepEqual(first, second) {
		t.Error("the facts are others the second time")
	}
	source, facts, with := 0, 0, 0
	var largest string
	packages.Visit(pkgs, nil, func(p *packages.Package) {
		data := first[p.PkgPath]
		if len(data) <= 1 {
			return // none
		}
		with++
		facts += len(data)
		if len(data) > len(first[largest]) {
			largest = p.PkgPath
		}
		for _, f := range p.Syntax {
			source += int(f.FileEnd - f.FileStart)
		}
	})
	t.Logf("%d kB of facts about %d packages with %d kB of source; most, %d kB, about %s",
		facts>>10, with, source>>10, len(first[largest])>>10, largest)
	if with < 5 {
		t.Errorf("facts about %d packages only", with)
	}
	if share := float64(facts) / float64(source); share > factShare {
		t.Errorf("the facts are %.3f of the source, want %.3f at most", share, factShare)
	}
}

// factsOf returns the encoded facts about the packages and all that they import.
func factsOf(t *testing.T, pkgs []*packages.Package) map[string][]byte {
	registry, err := unit.NewRegistry(passes.All)
	if err != nil {
		t.Fatal(err)
	}
	bound := map[*types.Package]*unit.PackageFacts{}
	out := map[string][]byte{}
	packages.Visit(pkgs, nil, func(p *packages.Package) {
		if p.Types == nil || len(p.TypeErrors) > 0 || strings.HasPrefix(p.PkgPath, "runtime/cgo") {
			return
		}
		res := unit.Run(unit.Input{
			Registry: registry, Fset: p.Fset, Files: p.Syntax, Pkg: p.Types, Info: p.TypesInfo, Sizes: p.TypesSizes, FactsOnly: true,
			FactsOf: func(pkg *types.Package) (*unit.PackageFacts, bool) { return bound[pkg], p.Imports[pkg.Path()] != nil },
		})
		for _, note := range res.Notes {
			t.Error(note)
		}
		bound[p.Types] = unit.Bind(registry, p.Types, res.Facts)
		out[p.PkgPath] = res.Facts.Append(nil)
	})
	return out
}
