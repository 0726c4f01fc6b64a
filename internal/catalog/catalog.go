// Package catalog holds what is known about driver APIs: which calls acquire a
// connection, which give it back, which wait for one. It is data: text, one line
// a fact, embedded from data/, one file a driver. Users' own lines use the same
// grammar (see doc in data/README.md).
package catalog

import (
	"fmt"
	"go/types"
	"io/fs"
	"slices"
	"sort"
	"strings"
	"sync"

	"github.com/connlint/connlint/internal/catalog/data"
)

// A Kind says what sort of resource a value is.
type Kind string

// The kinds of resource.
const (
	Rows  Kind = "rows"  // a result set: holds a connection until closed or exhausted
	Row   Kind = "row"   // a single-row result: holds a connection until scanned
	Batch Kind = "batch" // pgx.BatchResults
	Stmt  Kind = "stmt"  // a prepared statement
	Conn  Kind = "conn"  // a dedicated or checked-out connection
	Tx    Kind = "tx"    // a transaction
	Pool  Kind = "pool"  // a pool handle: *sql.DB, *pgxpool.Pool
)

// Kinds lists all kinds.
var Kinds = []Kind{Rows, Row, Batch, Stmt, Conn, Tx, Pool}

// Recv is the Arg of a Fact that is about the receiver.
const Recv = -1

// A Fact is one line of the catalog.
type Fact struct {
	Verb string            // a key of verbs
	Name string            // of a function in types.Func.FullName syntax, or of a type or package
	Arg  int               // result or parameter number the line is about; Recv for the receiver
	Kind Kind              // if the verb takes one
	Word string            // the free word some verbs take instead of a kind
	Attr map[string]string // key=value words
	File string            // where the line stands
	Line int
}

// Pos returns file:line of the fact.
func (f *Fact) Pos() string { return fmt.Sprintf("%s:%d", f.File, f.Line) }

// A Catalog answers questions about driver APIs. It is immutable after Parse.
type Catalog struct {
	facts    []*Fact
	byName   map[string][]*Fact // function, type or package name → facts
	byMethod map[string][]*Fact // bare method name → acquire facts, for interfaces
	types    map[string]*Fact   // "path.Name" → resource fact
	packages map[string]bool    // packages that make an importer relevant
}

// Default returns the built-in catalog.
var Default = sync.OnceValue(func() *Catalog {
	c, err := New(nil)
	if err != nil {
		panic(err) // the embedded files are tested
	}
	return c
})

// A Source is a named piece of catalog text.
type Source struct{ Name, Text string }

// New returns the built-in catalog together with the facts of extra.
// An error names file and line.
func New(extra []Source) (*Catalog, error) {
	names, err := fs.Glob(data.Files, "*.txt")
	if err != nil {
		return nil, err
	}
	slices.Sort(names)
	var sources []Source
	for _, name := range names {
		text, err := data.Files.ReadFile(name)
		if err != nil {
			return nil, err
		}
		sources = append(sources, Source{name, string(text)})
	}
	return parse(append(sources, extra...))
}

// Facts returns all facts in the order they were read.
func (c *Catalog) Facts() []*Fact { return c.facts }

// Lookup returns the facts with one of the verbs about the named function, type
// or package; all facts if no verb is given.
func (c *Catalog) Lookup(name string, verbs ...string) []*Fact {
	all := c.byName[name]
	if len(verbs) == 0 {
		return all
	}
	var out []*Fact
	for _, f := range all {
		if slices.Contains(verbs, f.Verb) {
			out = append(out, f)
		}
	}
	return out
}

// FullName returns the name under which the catalog knows fn: that of its origin,
// without the type parameters of a generic receiver.
func FullName(fn *types.Func) string {
	fn = fn.Origin()
	if name, ok := plainName(fn); ok {
		return name
	}
	return withoutParams(fn.FullName())
}

func withoutParams(name string) string {
	if i := strings.IndexByte(name, '['); i >= 0 {
		if j := strings.LastIndexByte(name, ']'); j > i {
			name = name[:i] + name[j+1:]
		}
	}
	return name
}

// plainName is FullName of functions and of methods of named types. It is asked of
// every call in the program, and types.Func.FullName is slow.
func plainName(fn *types.Func) (string, bool) {
	if fn.Pkg() == nil {
		return "", false
	}
	recv := fn.Signature().Recv()
	if recv == nil {
		return fn.Pkg().Path() + "." + fn.Name(), true
	}
	t, open := recv.Type(), "("
	if p, ok := t.(*types.Pointer); ok {
		t, open = p.Elem(), "(*"
	}
	named, ok := t.(*types.Named)
	if !ok || named.Obj().Pkg() == nil {
		return "", false
	}
	return open + named.Obj().Pkg().Path() + "." + named.Obj().Name() + ")." + fn.Name(), true
}

// InterfaceAcquires returns the acquire facts that a method called name of some
// interface stands for: those of driver methods with that name and the same type
// of result. A Querier of the user's own acquires as *sql.DB does.
func (c *Catalog) InterfaceAcquires(name string, sig *types.Signature) []*Fact {
	var out []*Fact
	for _, f := range c.byMethod[name] {
		if f.Arg < 0 || f.Arg >= sig.Results().Len() {
			continue
		}
		if kind, ok := c.KindOf(sig.Results().At(f.Arg).Type()); ok && kind == f.Kind {
			out = append(out, f)
			break
		}
	}
	return out
}

// KindOf reports which kind of resource a value of type t is, if it is one: t is
// a catalogued named type or a pointer to one.
func (c *Catalog) KindOf(t types.Type) (Kind, bool) {
	if f := c.TypeFact(t); f != nil {
		return f.Kind, true
	}
	return "", false
}

// TypeFact returns the type line for t or the type t points to, or nil.
func (c *Catalog) TypeFact(t types.Type) *Fact {
	if t == nil {
		return nil
	}
	t = types.Unalias(t)
	if p, ok := t.(*types.Pointer); ok {
		t = types.Unalias(p.Elem())
	}
	named, ok := t.(*types.Named)
	if !ok {
		return nil
	}
	obj := named.Obj()
	if obj.Pkg() == nil {
		return nil
	}
	return c.types[obj.Pkg().Path()+"."+obj.Name()]
}

// Reaches reports whether importing the package makes the importer relevant: the
// package is a driver or a driver's front.
func (c *Catalog) Reaches(path string) bool { return c.packages[path] }

// Packages lists the packages for which Reaches is true, sorted.
func (c *Catalog) Packages() []string {
	var out []string
	for p := range c.packages {
		out = append(out, p)
	}
	sort.Strings(out)
	return out
}
