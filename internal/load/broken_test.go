package load

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestBrokenTests breaks tests of a: what does not need them is reported nevertheless,
// and what is wrong is named.
func TestBrokenTests(t *testing.T) {
	const (
		do       = "a.go: Do calls a driver over 2 calls"
		fromTest = "a_test.go: fromTest calls a driver over 3 calls"
		outside  = "x_test.go: outside calls a driver over 4 calls"
		twice    = "b.go: Twice calls a driver over 3 calls"
		thrice   = "c.go: Thrice calls a driver over 3 calls"
	)
	for _, tt := range []struct {
		name   string
		files  map[string]string // of a
		want   []string
		errors []string // parts of them
	}{
		{
			"a type error inside",
			map[string]string{"a_test.go": "package a\n\nvar _ int = \"\"\nfunc fromTest(s *Store) { s.Do() }\n"},
			[]string{do, outside, twice, thrice},
			[]string{"a_test.go:3:13: cannot use"},
		},
		{
			"a syntax error inside",
			map[string]string{"a_test.go": "package a\n\nfunc {\n"},
			[]string{do, outside, twice, thrice},
			[]string{"a_test.go:3:6: expected 'IDENT'"},
		},
		{
			"no imports can be read inside",
			map[string]string{"a_test.go": "package a\n\nimport {\n"},
			[]string{do, outside, twice, thrice},
			[]string{"a_test.go:3:8: missing import path"},
		},
		{
			"the name of another package inside",
			map[string]string{"a_test.go": "package other\n"},
			[]string{do, outside, twice, thrice},
			[]string{"found packages a (a.go) and other (a_test.go)", "a_test.go:1:1: package other; expected package a"},
		},
		{
			"an import that nobody has inside",
			map[string]string{"a_test.go": "package a\n\nimport _ \"example.com/gone\"\n\nfunc fromTest(s *Store) { s.Do() }\n"},
			[]string{do, outside, twice, thrice},
			[]string{"a_test.go:3:8: cannot find module providing package example.com/gone"},
		},
		{
			"an import cycle over the tests inside",
			map[string]string{"a_test.go": "package a\n\nimport _ \"example.com/app/b\"\n"},
			[]string{do, outside, twice, thrice},
			[]string{"import cycle not allowed in test"},
		},
		{
			"a declaration of the package once more inside",
			map[string]string{"a_test.go": "package a\n\nfunc Helper() {}\n"},
			[]string{do, outside, twice, thrice},
			[]string{"a.go:10:6: \tother declaration", "a_test.go:3:6: Helper redeclared"},
		},
		{
			"one of two files inside",
			map[string]string{"bad_test.go": "package a\n\nvar _ int = \"\"\n"},
			[]string{do, fromTest, outside, twice, thrice},
			[]string{"bad_test.go:3:13: cannot use"},
		},
		{
			"a file inside needs one that is wrong",
			map[string]string{
				"bad_test.go":   "package a\n\nvar _ int = \"\"\nfunc help(s *Store) { s.Do() }\n",
				"needs_test.go": "package a\n\nfunc needs(s *Store) { help(s); s.Do() }\n",
			},
			[]string{do, fromTest, outside, twice, thrice},
			[]string{"bad_test.go:3:13: cannot use", "needs_test.go: not analyzed: it does not type-check without"},
		},
		{
			"external tests use what a wrong file declares",
			map[string]string{
				"a_test.go":   "package a\n\nvar _ int = \"\"\nvar Value Store\nfunc (s *Store) Another() {}\n",
				"b_test.go":   "package a\n\nfunc (s *Store) Again() { s.Do() }\n",
				"use_test.go": "package a_test\n\nimport \"example.com/app/a\"\n\nfunc use() { a.Value.Do() }\nfunc again() { a.Value.Again() }\nfunc another() { a.Value.Another() }\n",
			},
			[]string{
				do, "b_test.go: Again calls a driver over 3 calls", "use_test.go: use calls a driver over 3 calls",
				"use_test.go: again calls a driver over 4 calls", outside, twice, thrice,
			},
			[]string{"a_test.go:3:13: cannot use"},
		},
		{
			"a type error outside",
			map[string]string{"x_test.go": "package a_test\n\nvar _ int = \"\"\n", "y_test.go": "package a_test\n\nimport \"example.com/app/a\"\n\nfunc other(s *a.Store) { s.Do() }\n"},
			[]string{do, fromTest, "y_test.go: other calls a driver over 3 calls", twice, thrice},
			[]string{"x_test.go:3:13: cannot use"},
		},
		{
			"an import that nobody has outside",
			map[string]string{"x_test.go": "package a_test\n\nimport _ \"example.com/gone\"\n\nimport _ \"example.com/app/a\"\n"},
			[]string{do, fromTest, twice, thrice},
			[]string{"x_test.go:3:8: cannot find module providing package example.com/gone"},
		},
		{
			"all tests",
			map[string]string{"a_test.go": "package a\n\nvar _ int = \"\"\n", "x_test.go": "package a_test\n\nimport _ \"example.com/app/a\"\n\nvar _ int = \"\"\n"},
			[]string{do, twice, thrice},
			[]string{"a_test.go:3:13: cannot use", "x_test.go:5:13: cannot use"},
		},
		{
			"the package and its tests",
			map[string]string{"a_test.go": "package a\n\nvar _ int = \"\"\n", "bad.go": "package a\n\nfunc {\n", "x_test.go": "package a_test\n\nimport _ \"example.com/app/a\"\n\nvar _ int = \"\"\n"},
			nil,
			[]string{"a_test.go:3:13: cannot use", "bad.go:3:6: expected 'IDENT'", "x_test.go:5:13: cannot use"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := write(t, app)
			for name, text := range tt.files {
				put(t, filepath.Join(dir, "a", name), text)
			}
			want := mustRun(t, options(dir, Off, ""))
			if len(want.Notes) > 0 {
				t.Errorf("notes %q", want.Notes)
			}
			var got []string
			for _, m := range messages(want) {
				m, _, _ := strings.Cut(m, ";")
				got = append(got, m)
			}
			if tt.want != nil && !slices.Equal(got, tt.want) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(tt.want, "\n"))
			}
			checkErrors(t, want, tt.errors)
			if lost := tt.want == nil; lost != (want.Lost == 1) {
				t.Errorf("%d of %d packages lost", want.Lost, want.Packages)
			}
			for _, level := range []Level{Units, Graph, Full} {
				o := options(dir, level, t.TempDir())
				for range 2 {
					if got := mustRun(t, o); text(t, got) != text(t, want) {
						t.Errorf("level %v: got\n%s\nwant\n%s", level, text(t, got), text(t, want))
					}
				}
			}
		})
	}
}

// checkErrors wants errors with these parts and no others.
func checkErrors(t *testing.T, res *Result, want []string) {
	t.Helper()
	ok := len(res.Errors) == len(want)
	for i := range want {
		ok = ok && strings.Contains(res.Errors[i].Error(), want[i])
	}
	if !ok {
		t.Errorf("errors %q, want %q", res.Errors, want)
	}
}

// TestBrokenDependency breaks far, which is not analyzed, as it cannot reach a driver,
// but from which a takes a type.
func TestBrokenDependency(t *testing.T) {
	for _, tt := range []struct {
		name      string
		far, with string // with is added to a
		lost      bool   // a has errors
		errors    []string
	}{
		{"a body", "func f() int { return gone }", "", false, nil},
		{"a declaration that nobody uses", "var x gone", "", false, nil},
		{"a function that somebody uses", "func F() gone { return 1 }", "func use(s *Store) { s.Do(); x := far.F(); x.Do() }", false, []string{"far.go:5:10: undefined: gone"}},
		{"an alias that somebody uses", "type Other = gone", "var value far.Other", false, []string{"far.go:5:14: undefined: gone"}},
		{"a function of which the use is wrong", "func F() gone { return 1 }", "func use(s string) { use(far.F()) }", true, []string{"a.go:11:26: cannot use far.F()", "far.go:5:10: undefined: gone"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := write(t, app)
			put(t, filepath.Join(dir, "far", "far.go"), "package far\n\ntype Number int\n\n"+tt.far+"\n")
			edit(t, filepath.Join(dir, "a", "a.go"), "func Helper(s *Store) int { return 1 }\n", "func Helper(s *Store) int { return 1 }\n"+tt.with+"\n")
			o := options(dir, Units, t.TempDir())
			for range 2 {
				res := mustRun(t, o)
				checkErrors(t, res, tt.errors)
				if got := slices.Contains(messages(res), "a.go: Do calls a driver over 2 calls; imports: wrap 1"); got == tt.lost {
					t.Errorf("got %q", messages(res))
				}
				if len(res.Notes) > 0 {
					t.Errorf("notes %q", res.Notes)
				}
			}
			put(t, filepath.Join(dir, "far", "far.go"), "package far\n\ntype Number int\n\ntype gone string\nfunc (gone) Do() {}\n\n"+strings.ReplaceAll(tt.far, "return 1", "return \"\"")+"\n")
			got := mustRun(t, o)
			if got.Analyzed == 0 && len(tt.errors) > 0 {
				t.Error("nothing is analyzed anew when the dependency is repaired")
			}
			o.Cache = Off
			if want := mustRun(t, o); text(t, got) != text(t, want) {
				t.Errorf("repaired: got\n%s\nwant\n%s", text(t, got), text(t, want))
			}
		})
	}
}
