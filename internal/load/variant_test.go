package load

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestExternalTests has external tests of a that import b, which imports a: whether
// b is type-checked once more for them must not be seen.
func TestExternalTests(t *testing.T) {
	const head = "package a_test\n\nimport (\n\t\"example.com/app/a\"\n\t\"example.com/app/b\"\n)\n\n"
	for _, tt := range []struct {
		name, inside, outside string
		want                  []string // of the two files
	}{
		{
			"nothing of inside is used",
			"func Hidden(s *Store) { s.Do() }",
			"func outside(s *a.Store) { b.Twice(s); s.Do() }",
			[]string{"a_test.go: Hidden calls a driver over 3 calls", "x_test.go: outside calls a driver over 3 calls"},
		},
		{
			"a function",
			"func Inside(s *Store) { s.Do() }",
			"func outside(s *a.Store) { b.Twice(s); a.Inside(s) }",
			[]string{"a_test.go: Inside calls a driver over 3 calls", "x_test.go: outside calls a driver over 4 calls"},
		},
		{
			"a variable of a type inside",
			"type T struct{ *Store }\n\nvar Value T\n\nfunc (t T) Ask() { t.Store.Do() }",
			"func outside(s *a.Store) { b.Twice(s); a.Value.Ask() }",
			[]string{"a_test.go: Ask calls a driver over 3 calls", "x_test.go: outside calls a driver over 4 calls"},
		},
		{
			"a method of a type of the package",
			"func (s *Store) Again() { s.Do() }",
			"func outside(s *a.Store) { b.Twice(s); s.Again() }",
			[]string{"a_test.go: Again calls a driver over 3 calls", "x_test.go: outside calls a driver over 4 calls"},
		},
		{
			"an interface that only a method inside implements",
			"func (s *Store) Again() {}",
			"func outside(s *a.Store) { b.Twice(s); var i interface{ Again() } = s; i.Again() }",
			[]string{"x_test.go: outside calls a driver over 4 calls"},
		},
		{
			"a method that cannot be seen comes before one with facts",
			"func (s *Store) Aa() {}\n\nfunc (s *Store) a() {}",
			"func outside(s *a.Store) { s.Do(); b.Twice(nil) }",
			[]string{"x_test.go: outside calls a driver over 3 calls"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := write(t, app)
			for name, text := range map[string]string{
				"a_test.go": "package a\n\n" + tt.inside + "\n",
				"x_test.go": head + tt.outside + "\n",
			} {
				if err := os.WriteFile(filepath.Join(dir, "a", name), []byte(text), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			o := options(dir, Units, t.TempDir())
			res := mustRun(t, o)
			if len(res.Errors) > 0 || len(res.Notes) > 0 {
				t.Fatalf("errors %v, notes %v", res.Errors, res.Notes)
			}
			var got []string
			for _, m := range messages(res) {
				if m, _, _ := strings.Cut(m, ";"); strings.Contains(m, "_test.go") {
					got = append(got, m)
				}
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			edit(t, filepath.Join(dir, "a", "x_test.go"), "func outside", "// changed\nfunc outside")
			again := mustRun(t, o)
			o.Cache = Off
			if want := mustRun(t, o); text(t, again) != text(t, want) {
				t.Errorf("after an edit: got\n%s\nwant\n%s", text(t, again), text(t, want))
			}
		})
	}
}
