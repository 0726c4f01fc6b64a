package load

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
)

var spaces = regexp.MustCompile(" +")

func TestBlankBodies(t *testing.T) {
	for _, tt := range []struct{ src, want string }{
		{"func f() { g() }", "func f() { }"},
		{"func f() {\n\tg()\n}\n\nfunc h() {}", "func f() {\n \n}\n\nfunc h() {}"},
		{"func (t *T) f(x struct{ a int }) interface{ M() } { g() }", "func (t *T) f(x struct{ a int }) interface{ M() } { }"},
		{"func f() map[string]struct{} { return nil }", "func f() map[string]struct{} { }"},
		{"func f() *struct{ a [2]func() } { return nil }", "func f() *struct{ a [2]func() } { }"},
		{"func f[T interface{ ~int }](t T) {t++}", "func f[T interface{ ~int }](t T) { }"},
		{"func f(\n\ta int,\n) (b int) {a=b}", "func f(\n\ta int,\n) (b int) { }"},
		{"func f() int\n\nvar a = T{1}\n", "func f() int\n\nvar a = T{1}\n"},
		{"func f() interface{ M() }\nfunc g() {a}", "func f() interface{ M() }\nfunc g() { }"},
		{"func f() { s := \"}\" + `\n}` + string('}') + '\\'' }", "func f() { \n }"},
		{"func f() { /* } */ // }\n}", "func f() { \n}"},
		{"func f() /* { */ { a }; func g() { b }", "func f() /* { */ { }; func g() { }"},
		{"var f = func() { a }", "var f = func() { a }"},
		{"var f =\n\tfunc() { a }", "var f =\n\tfunc() { a }"},
		{"type F func() struct{ a int }", "type F func() struct{ a int }"},
		{"var funcs = 1\nfunc f() {a}", "var funcs = 1\nfunc f() { }"},
		{"func f() { a", "func f() { a"},
	} {
		src := []byte(tt.src)
		blankBodies(src)
		if len(src) != len(tt.src) {
			t.Errorf("%q: %d bytes, want %d", tt.src, len(src), len(tt.src))
		}
		if got := spaces.ReplaceAllString(string(src), " "); got != tt.want {
			t.Errorf("%q: got\n%q, want\n%q", tt.src, got, tt.want)
		}
	}
}

// TestBlankBodiesOfRealCode compares the declarations of Go's own source.
func TestBlankBodiesOfRealCode(t *testing.T) {
	root := filepath.Join(runtime.GOROOT(), "src")
	dirs := []string{"go", "internal", "net", "runtime", "cmd/compile/internal/types2", "cmd/internal/obj", "../test/fixedbugs", "../test/typeparam"}
	if testing.Short() {
		dirs = dirs[:1]
	}
	for _, dir := range dirs {
		err := filepath.WalkDir(filepath.Join(root, filepath.FromSlash(dir)), func(name string, d fs.DirEntry, err error) error {
			if err == nil && strings.HasSuffix(name, ".go") && d.Type().IsRegular() {
				src, err := os.ReadFile(name)
				if err != nil {
					return err
				}
				sameDeclarations(t, name, src)
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
}

func FuzzBlankBodies(f *testing.F) {
	for _, src := range []string{"package p\nfunc f() { a }", "package p\nfunc (t T) f() interface{}\nvar a = `\\`", "package p\nfunc f() { '\\'' }\n// {"} {
		f.Add([]byte(src))
	}
	f.Fuzz(func(t *testing.T, src []byte) { sameDeclarations(t, "x.go", src) })
}

// sameDeclarations checks that source without syntax errors has, with its bodies
// blanked, the same declarations in the same places.
func sameDeclarations(t *testing.T, name string, src []byte) {
	want, err := parser.ParseFile(token.NewFileSet(), name, src, parser.SkipObjectResolution)
	if err != nil {
		blankBodies(src) // it must end
		return
	}
	blanked := bytes.Clone(src)
	blankBodies(blanked)
	got, err := parser.ParseFile(token.NewFileSet(), name, blanked, parser.SkipObjectResolution)
	if err != nil {
		t.Fatalf("%s: %v in\n%s", name, err, blanked)
	}
	if len(got.Decls) != len(want.Decls) {
		t.Fatalf("%s: %d declarations, want %d", name, len(got.Decls), len(want.Decls))
	}
	for i, w := range want.Decls {
		g := got.Decls[i]
		if g.Pos() != w.Pos() || g.End() != w.End() {
			t.Fatalf("%s: declaration %d is at %d to %d, want %d to %d", name, i, g.Pos(), g.End(), w.Pos(), w.End())
		}
		fn, ok := w.(*ast.FuncDecl)
		if !ok {
			if !bytes.Equal(src[w.Pos()-1:w.End()-1], blanked[w.Pos()-1:w.End()-1]) {
				t.Fatalf("%s: declaration %d has changed", name, i)
			}
			continue
		}
		head := fn.End()
		if fn.Body != nil {
			head = fn.Body.Lbrace + 1
		}
		if !bytes.Equal(src[fn.Pos()-1:head-1], blanked[fn.Pos()-1:head-1]) {
			t.Fatalf("%s: the head of %s has changed", name, fn.Name.Name)
		}
		if body := g.(*ast.FuncDecl).Body; body != nil && len(body.List) > 0 && src[fn.Pos()-1+4] == ' ' {
			t.Fatalf("%s: %s has a body", name, fn.Name.Name)
		}
	}
}
