package overlay

import (
	"bytes"
	"embed"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"sort"
	"strings"
)

//go:embed patch
var patches embed.FS

// A target is a package of which some methods are wrapped: each is renamed where it is declared, and a file is added that has a
// method of the old name, which reports and calls the renamed one.
type target struct {
	pkg     string // import path
	added   string // the file of patch with the wrappers
	record  bool   // the package needs the recorder
	module  string // its module; "" for the standard library
	methods []method
	// known tells for which releases the methods are known, for the refusal.
	known string
}

// A method is what has to be found: a wrapper for another signature would be a wrong answer.
type method struct {
	receiver, name string
	signature      string // types only: "(context.Context, connReuseStrategy) (*driverConn, error)"
}

var targets = []target{
	{
		pkg: "database/sql", added: "sql.go.txt", record: true, known: "Go 1.16 to 1.26",
		methods: []method{
			{"*DB", "conn", "(context.Context, connReuseStrategy) (*driverConn, error)"},
			{"*DB", "putConn", "(*driverConn, error, bool)"},
		},
	},
	{
		pkg: "testing", added: "testing.go.txt", known: "Go 1.16 to 1.26",
		methods: []method{{"*M", "Run", "() (int)"}},
	},
	{
		pkg: "github.com/jackc/pgx/v5/pgxpool", module: "github.com/jackc/pgx/v5", added: "pgxpool.go.txt", record: true, known: "pgx 5.0 to 5.12",
		methods: []method{
			{"*Pool", "Acquire", "(context.Context) (*Conn, error)"},
			{"*Conn", "Release", "()"},
			{"*Conn", "Hijack", "() (*pgx.Conn)"},
		},
	},
}

// renamed is the name that a wrapped method gets.
func renamed(name string) string { return "connlint_" + name }

// patched returns the package's files as they have to be, by the path they stand for: those in which methods were renamed, and
// the added ones.
func (t target) patched(dir string) (map[string][]byte, error) {
	names, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return nil, err
	}
	sort.Strings(names)
	out := map[string][]byte{}
	found := map[string]bool{}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		src, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		changed, err := t.rename(name, src, found)
		if err != nil {
			return nil, err
		}
		if changed != nil {
			out[name] = changed
		}
	}
	for _, m := range t.methods {
		if !found[m.String()] {
			return nil, &unknownRelease{t, m, dir}
		}
	}
	pkg := t.pkg[strings.LastIndexByte(t.pkg, '/')+1:]
	added := []string{t.added}
	if t.record {
		added = append(added, "recorder.go.txt")
	}
	for _, name := range added {
		text, err := patches.ReadFile("patch/" + name)
		if err != nil {
			return nil, err
		}
		file := filepath.Join(dir, "connlint_"+strings.TrimSuffix(name, ".txt"))
		out[file] = bytes.ReplaceAll(text, []byte("PACKAGE"), []byte(pkg))
	}
	return out, nil
}

func (m method) String() string { return "(" + m.receiver + ")." + m.name + m.signature }

// An unknownRelease says that a method is not what the wrappers were written for.
type unknownRelease struct {
	t   target
	m   method
	dir string
}

func (e *unknownRelease) Error() string {
	return fmt.Sprintf("%s in %s has no method %s: this release of connlint knows %s", e.t.pkg, e.dir, e.m, e.t.known)
}

// rename returns src with the methods of t renamed, nil if it declares none. Lines keep their numbers.
func (t target) rename(name string, src []byte, found map[string]bool) ([]byte, error) {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, name, src, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	var at []int // offsets of names, ascending
	for _, d := range file.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if !ok || fn.Recv == nil {
			continue
		}
		for _, m := range t.methods {
			if fn.Name.Name == m.name && types.ExprString(fn.Recv.List[0].Type) == m.receiver && signature(fn.Type) == m.signature {
				found[m.String()] = true
				at = append(at, fset.Position(fn.Name.Pos()).Offset)
			}
		}
	}
	if at == nil {
		return nil, nil
	}
	var out bytes.Buffer
	from := 0
	for _, offset := range at {
		out.Write(src[from:offset])
		out.WriteString(renamed(""))
		from = offset
	}
	out.Write(src[from:])
	return out.Bytes(), nil
}

// signature writes the types of a function: "(A, B) (C)".
func signature(f *ast.FuncType) string {
	s := "(" + fieldTypes(f.Params) + ")"
	if r := fieldTypes(f.Results); r != "" {
		s += " (" + r + ")"
	}
	return s
}

func fieldTypes(l *ast.FieldList) string {
	if l == nil {
		return ""
	}
	var parts []string
	for _, f := range l.List {
		for range max(1, len(f.Names)) {
			parts = append(parts, types.ExprString(f.Type))
		}
	}
	return strings.Join(parts, ", ")
}
