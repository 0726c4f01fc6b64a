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
	Next    bool // it is read row by row, to the end
}

// Kinds are the resources of database/sql.
var Kinds = []Kind{
	{"rows", "*sql.Rows", `db.Query("SELECT 1")`, "Close()", true},
	{"stmt", "*sql.Stmt", `db.Prepare("SELECT 1")`, "Close()", false},
	{"conn", "*sql.Conn", `db.Conn(context.Background())`, "Close()", false},
	{"tx", "*sql.Tx", `db.Begin()`, "Rollback()", false},
}

// A Func is one generated function.
type Func struct {
	Name  string
	Kind  Kind
	Body  []node
	bools int // parameters b0, b1 ...
	ints  int // parameters n0, n1 ...
}

// A node is a statement.
type node interface {
	// write prints the statement, one line at least.
	write(p *printer)
	// exec runs the statement.
	exec(m *machine, e *env) signal
	// blocks returns the blocks inside, which a shrinker may shorten.
	blocks() []*[]node
}

// A printer writes Go source and notes on which line each acquire stands.
type printer struct {
	strings.Builder
	kind   Kind
	depth  int
	line   int
	sites  map[int]int // line → number of the acquire
	result bool        // inside the function itself, not a literal in it
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

// header declares what the functions call.
const header = `package p

import (
	"context"
	"database/sql"
	"errors"
)

var _ = context.Background
var errOdd = errors.New("odd")

func step() error { return nil }

var kept []any

func keep(v any) { kept = append(kept, v) }
`

// helpers are the functions of one kind, in which the callee closes, looks, or does either.
func helpers(k Kind) string {
	return fmt.Sprintf(`
func closes_%[1]s(v %[2]s) { v.%[3]s }
func looks_%[1]s(v %[2]s) { _ = v }
func maybe_%[1]s(v %[2]s, b bool) {
	if b {
		v.%[3]s
	}
}
`, k.Name, k.Type, k.Release)
}

// Source returns the functions as one file, and for each line with an acquire the
// function and the number of the acquire in it.
func Source(funcs []*Func) (string, map[int]Site) {
	p := &printer{sites: map[int]int{}}
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
	p.kind = f.Kind
	params := "db *sql.DB"
	for i := range f.bools {
		params += fmt.Sprintf(", b%d bool", i)
	}
	for i := range f.ints {
		params += fmt.Sprintf(", n%d int", i)
	}
	p.linef("")
	p.linef("func %s(%s) (err error) {", f.Name, params)
	p.result = true
	p.block(f.Body)
	p.depth++
	p.linef("return err")
	p.depth--
	p.linef("}")
}

// Constructs names what f is built of, each once, in a fixed order.
func (f *Func) Constructs() []string {
	seen := map[string]bool{}
	var walk func(body []node)
	walk = func(body []node) {
		for _, n := range body {
			seen[construct(n)] = true
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

var constructs = []string{
	"acquire", "acquire into a variable", "alias", "release", "deferred release", "deferred literal", "literal", "callee",
	"branch on a boolean", "branch on the error", "branch on nil", "branch on Next", "loop", "loop over Next", "switch",
	"break or continue", "return", "assignment to the error",
}

func construct(n node) string {
	switch n := n.(type) {
	case *acquire:
		if n.decl {
			return "acquire"
		}
		return "acquire into a variable"
	case *alias:
		return "alias"
	case *closing:
		if n.deferred {
			return "deferred release"
		}
		return "release"
	case *literal:
		if n.deferred {
			return "deferred literal"
		}
		return "literal"
	case *use:
		return "callee"
	case *branch:
		return map[string]string{
			"bool": "branch on a boolean", "err": "branch on the error", "nil": "branch on nil", "next": "branch on Next",
		}[n.cond.what]
	case *loop:
		if n.v != "" {
			return "loop over Next"
		}
		return "loop"
	case *choice:
		return "switch"
	case *leave:
		if n.sig == returns {
			return "return"
		}
		return "break or continue"
	case *assign:
		return "assignment to the error"
	}
	return ""
}
