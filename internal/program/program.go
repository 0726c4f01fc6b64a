// Package program writes random functions that acquire, branch, loop, defer, hand over
// and release, runs them in a small interpreter that tries every outcome, and so knows
// which of them leave something open. Its tests hold the analyzers against that.
package program

import (
	"fmt"
	"strings"
)

// A Kind of resource says how the functions acquire and release.
type Kind struct {
	Name    string
	Type    string
	Acquire string
	Release string
	Next    bool              // it is read row by row, to the end
	Of      map[string]string // calls that acquire it from another kind, which end with that
}

// Kinds are the resources of database/sql.
var Kinds = []Kind{
	{Name: "rows", Type: "*sql.Rows", Acquire: `db.Query("SELECT 1")`, Release: "Close()", Next: true, Of: map[string]string{
		"tx": `Query("SELECT 1")`, "conn": `QueryContext(context.Background(), "SELECT 1")`,
	}},
	{Name: "stmt", Type: "*sql.Stmt", Acquire: `db.Prepare("SELECT 1")`, Release: "Close()", Of: map[string]string{"tx": `Prepare("SELECT 1")`}},
	{Name: "conn", Type: "*sql.Conn", Acquire: `db.Conn(context.Background())`, Release: "Close()"},
	{Name: "tx", Type: "*sql.Tx", Acquire: `db.Begin()`, Release: "Rollback()", Of: map[string]string{
		"conn": `BeginTx(context.Background(), nil)`,
	}},
}

// A Func is one generated function.
type Func struct {
	Name  string
	Kind  Kind
	Out   bool // it returns a resource, too
	Body  []node
	bools int // parameters b0, b1 ...
	ints  int // parameters n0, n1 ...
	flags int // variables f0, f1 ...
}

// A node is a statement.
type node interface {
	// write prints the statement, one line at least.
	write(p *printer)
	// exec runs the statement.
	exec(m *machine, e *env) signal
	// blocks returns the blocks inside, which a shrinker may shorten.
	blocks() []*[]node
	// constructs names what is special about the statement.
	constructs() []string
}

// A printer writes Go source and notes on which line each acquire stands.
type printer struct {
	strings.Builder
	depth int
	line  int
	sites map[int]int // line → number of the acquire

	results int // of the function or literal that is being written

	executed bool // to be executed: acquires go through a function that watches them
}

func (p *printer) linef(format string, args ...any) {
	p.WriteString(strings.Repeat("\t", p.depth))
	fmt.Fprintf(p, format, args...)
	p.WriteByte('\n')
	p.line++
}

func (p *printer) block(body []node) {
	p.depth++
	for _, n := range body {
		n.write(p)
	}
	p.depth--
}

// site notes that the line just printed acquires.
func (p *printer) site(n int) { p.sites[p.line-1] = n }

// header declares what the functions call.
const header = `package p

import (
	"context"
	"database/sql"
	"errors"
	"iter"
)

var _ = context.Background
var errOdd = errors.New("odd")

func step() error { return nil }

var kept []any

func keep(v any) { kept = append(kept, v) }

func same[T any](v T) T { return v }

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func closes[T interface{ Close() error }](v T) { v.Close() }

func ends[T interface{ Rollback() error }](v T) { v.Rollback() }

func seq(n int) iter.Seq[int] {
	return func(yield func(int) bool) {
		for i := range n {
			if !yield(i) {
				return
			}
		}
	}
}
`

// helpers are the functions of one kind, in which the callee closes, looks, or does either.
func helpers(k Kind) string {
	return strings.NewReplacer("KIND", k.Name, "TYPE", k.Type, "RELEASE", k.Release, "ACQUIRE", k.Acquire).Replace(`
func closes_KIND(v TYPE) { v.RELEASE }
func looks_KIND(v TYPE) { _ = v }
func maybe_KIND(v TYPE, b bool) {
	if b {
		v.RELEASE
	}
}
func fails_KIND(v TYPE) error {
	if err := step(); err != nil {
		v.RELEASE
		return err
	}
	return nil
}
func done_KIND(v TYPE) bool {
	if step() != nil {
		v.RELEASE
		return true
	}
	return false
}
func opens_KIND(db *sql.DB) (TYPE, error) {
	v, err := ACQUIRE
	if err != nil {
		return nil, err
	}
	return v, nil
}

type box_KIND struct{ v TYPE }

func (b *box_KIND) end() { b.v.RELEASE }
`)
}

// Source returns the functions as one file, and for each line with an acquire the
// function and the number of the acquire in it.
func Source(funcs []*Func) (string, map[int]Site) {
	p := &printer{}
	p.WriteString(header)
	for _, k := range Kinds {
		p.WriteString(helpers(k))
	}
	p.line = strings.Count(p.String(), "\n") + 1
	sites := map[int]Site{}
	for _, f := range funcs {
		p.sites = map[int]int{}
		f.write(p)
		for line, n := range p.sites {
			sites[line] = Site{f, n}
		}
	}
	return p.String(), sites
}

// A Site is one acquire of a function.
type Site struct {
	Func   *Func
	Number int
}

func (f *Func) write(p *printer) {
	params := "db *sql.DB, c0, c1 chan int"
	for i := range f.bools {
		params += fmt.Sprintf(", b%d bool", i)
	}
	for i := range f.ints {
		params += fmt.Sprintf(", n%d int", i)
	}
	results, last := "(err error)", "return err"
	if f.Out {
		results, last = fmt.Sprintf("(out %s, err error)", f.Kind.Type), "return nil, err"
	}
	p.linef("")
	p.linef("func %s(%s) %s {", f.Name, params, results)
	p.results = 1
	if f.Out {
		p.results = 2
	}
	p.depth++
	for i := range f.flags {
		p.linef("f%d := false", i)
		p.linef("_ = f%d", i)
	}
	p.depth--
	p.block(f.Body)
	p.depth++
	p.linef("%s", last)
	p.depth--
	p.linef("}")
}

// Constructs names what f is built of, each once, in a fixed order.
func (f *Func) Constructs() []string {
	seen := map[string]bool{"returns a resource": f.Out}
	var walk func(body []node)
	walk = func(body []node) {
		for _, n := range body {
			for _, name := range n.constructs() {
				seen[name] = true
			}
			for _, b := range n.blocks() {
				walk(*b)
			}
		}
	}
	walk(f.Body)
	var out []string
	for _, name := range constructs {
		if seen[name] {
			out = append(out, name)
		}
	}
	return out
}

// constructs are all names that Constructs may return.
var constructs = []string{
	"acquire", "acquire into a variable", "acquire into a field", "acquire through a helper", "acquire from a tx or conn", "acquire or panic",
	"alias", "alias through a generic function", "struct field", "method value",
	"release", "release whose error is looked at", "release through a generic function", "release in a method", "commit",
	"release in a goroutine", "deferred release", "deferred literal", "literal", "literal with a named result",
	"callee", "callee that releases on an error", "callee that releases and says so", "kept by somebody else", "returns a resource",
	"branch on a boolean", "branch on a variable", "branch on the error", "branch on nil", "branch on Next",
	"loop", "loop over Next", "loop over a function", "loop by goto", "switch", "select",
	"break or continue", "break or continue to a label", "goto", "return", "panic", "recover", "assignment to the error", "assignment to a boolean",
}
