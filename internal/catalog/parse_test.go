package catalog

import (
	"go/token"
	"go/types"
	"slices"
	"strings"
	"testing"

	"github.com/connlint/connlint/internal/catalog/data"
)

func TestParseErrorsNameFileAndLine(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"unknown verb", "\nhold pkg.F", `x.txt:2: unknown verb "hold"`},
		{"no name", "acquire", "x.txt:1: acquire: name is missing"},
		{"attribute for a name", "acquire onerr=value", "x.txt:1: acquire: name is missing"},
		{"no number", "acquire pkg.F", "x.txt:1: acquire: number of the result or parameter is missing"},
		{"word for a number", "acquire pkg.F rows", `x.txt:1: acquire pkg.F: "rows" is not the number of a result or parameter`},
		{"negative number", "acquire pkg.F -1 rows", `x.txt:1: acquire pkg.F: "-1" is not the number of a result or parameter`},
		{"no kind", "acquire pkg.F 0", "x.txt:1: acquire: kind is missing"},
		{"unknown kind", "# comment\n\nacquire pkg.F 0 cursor # why", `x.txt:3: acquire pkg.F: unknown kind "cursor"`},
		{"a word too many", "acquire pkg.F 0 rows 1", `x.txt:1: acquire pkg.F: unexpected "1"`},
		{"unknown attribute", "acquire pkg.F 0 rows end=commit", `x.txt:1: acquire pkg.F: unknown attribute "end"`},
		{"attribute twice", "acquire pkg.F 0 rows ctx=ends ctx=ends", `x.txt:1: acquire pkg.F: attribute "ctx" twice`},
		{"the same fact twice", "release pkg.F rows\nrelease pkg.F rows", "x.txt:2: release pkg.F stands already at x.txt:1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := parse([]Source{{"x.txt", tt.text}})
			if err == nil || err.Error() != tt.want {
				t.Errorf("got error %v, want %s", err, tt.want)
			}
		})
	}
}

func TestDuplicatesAcrossFiles(t *testing.T) {
	_, err := New([]Source{{"mine.txt", "release (*database/sql.Rows).Close rows"}})
	if err == nil || !strings.HasPrefix(err.Error(), "mine.txt:1: ") || !strings.Contains(err.Error(), "database_sql.txt:") {
		t.Errorf("got error %v, want one that names both places", err)
	}
}

func TestParse(t *testing.T) {
	c, err := parse([]Source{
		{"a.txt", "package a.com/db # the driver\ntype a.com/db.Set rows\nacquire (*a.com/db.DB).Ask 1 rows onerr=value ctx=ends\n"},
		{"b.txt", "release (*a.com/db.Set).End rows\nrelease a.com/db.End rows arg=1\nrelease a.com/db.End rows arg=2"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if !c.Reaches("a.com/db") || c.Reaches("a.com/other") {
		t.Error("Reaches: want a.com/db only")
	}
	if got := c.Packages(); !slices.Equal(got, []string{"a.com/db"}) {
		t.Errorf("Packages() = %v", got)
	}
	facts := c.Lookup("(*a.com/db.DB).Ask", "acquire")
	if len(facts) != 1 {
		t.Fatalf("Lookup = %v, want one fact", facts)
	}
	f := facts[0]
	if f.Arg != 1 || f.Kind != Rows || f.Attr["onerr"] != "value" || f.Attr["ctx"] != "ends" || f.Pos() != "a.txt:3" {
		t.Errorf("fact = %+v", f)
	}
	if got := c.Lookup("(*a.com/db.DB).Ask", "release"); len(got) != 0 {
		t.Errorf("Lookup with another verb = %v, want none", got)
	}
	if got := c.Lookup("a.com/db.End"); len(got) != 2 || got[0].Arg != Recv || got[1].Attr["arg"] != "2" {
		t.Errorf("Lookup(End) = %v, want the facts on parameters 1 and 2", got)
	}
	if got := len(c.Facts()); got != 6 {
		t.Errorf("Facts() has %d, want 6", got)
	}
}

// named returns the type path.name, an empty struct.
func named(path, name string) *types.Named {
	pkg := types.NewPackage(path, path[strings.LastIndex(path, "/")+1:])
	return types.NewNamed(types.NewTypeName(token.NoPos, pkg, name, nil), types.NewStruct(nil, nil), nil)
}

func TestKindOf(t *testing.T) {
	rows := named("database/sql", "Rows")
	alias := types.NewAlias(types.NewTypeName(token.NoPos, types.NewPackage("mine", "mine"), "Set", nil), rows)
	for _, tt := range []struct {
		typ  types.Type
		want Kind
	}{
		{types.NewPointer(rows), Rows},
		{rows, Rows},
		{alias, Rows},
		{types.NewPointer(alias), Rows},
		{types.NewPointer(types.NewPointer(rows)), ""},
		{types.NewSlice(rows), ""},
		{named("mine/database/sql", "Rows"), ""},
		{types.Universe.Lookup("error").Type(), ""},
		{types.Typ[types.Int], ""},
		{nil, ""},
	} {
		if got, ok := Default().KindOf(tt.typ); got != tt.want || ok != (tt.want != "") {
			t.Errorf("KindOf(%v) = %q, %t, want %q", tt.typ, got, ok, tt.want)
		}
	}
}

func TestInterfaceAcquires(t *testing.T) {
	errType := types.Universe.Lookup("error").Type()
	sig := func(results ...types.Type) *types.Signature {
		var vars []*types.Var
		for _, r := range results {
			vars = append(vars, types.NewParam(token.NoPos, nil, "", r))
		}
		return types.NewSignatureType(nil, nil, nil, nil, types.NewTuple(vars...), false)
	}
	rows := types.NewPointer(named("database/sql", "Rows"))
	c := Default()
	if got := c.InterfaceAcquires("QueryContext", sig(rows, errType)); len(got) != 1 || got[0].Kind != Rows {
		t.Errorf("QueryContext returning rows: %v, want one acquire of rows", got)
	}
	if got := c.InterfaceAcquires("QueryContext", sig(types.Typ[types.String], errType)); len(got) != 0 {
		t.Errorf("QueryContext returning a string: %v, want none", got)
	}
	if got := c.InterfaceAcquires("QueryContext", sig()); len(got) != 0 {
		t.Errorf("QueryContext returning nothing: %v, want none", got)
	}
	if got := c.InterfaceAcquires("Current", sig(rows)); len(got) != 0 {
		t.Errorf("a method that no driver has: %v, want none", got)
	}
}

// FuzzParse checks that any text gives a catalog or an error that says where.
func FuzzParse(f *testing.F) {
	for _, src := range mustSources(f) {
		f.Add(src.Text)
	}
	f.Add("acquire pkg.F 99999999999999999999 rows")
	f.Add("acquire pkg.F 0 rows =")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := parse([]Source{{"x.txt", text}})
		if err != nil {
			if !strings.HasPrefix(err.Error(), "x.txt:") {
				t.Errorf("error %q does not name the place", err)
			}
			return
		}
		for _, fact := range c.Facts() {
			if _, ok := verbs[fact.Verb]; !ok || fact.Name == "" || fact.Line == 0 {
				t.Errorf("odd fact %+v", fact)
			}
			if !slices.Contains(c.Lookup(fact.Name, fact.Verb), fact) {
				t.Errorf("%s cannot be looked up", fact.Pos())
			}
		}
	})
}

func mustSources(tb testing.TB) []Source {
	entries, err := data.Files.ReadDir(".")
	if err != nil {
		tb.Fatal(err)
	}
	var out []Source
	for _, e := range entries {
		text, err := data.Files.ReadFile(e.Name())
		if err != nil {
			tb.Fatal(err)
		}
		out = append(out, Source{e.Name(), string(text)})
	}
	return out
}
