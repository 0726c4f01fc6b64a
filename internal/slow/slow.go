// Package slow finds where a transaction or open rows are held while the code waits
// for something that is not the database. It reports nothing; the rule txhold asks
// it.
package slow

import (
	"cmp"
	"go/token"
	"go/types"
	"reflect"
	"slices"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/ssa"

	"github.com/connlint/connlint/internal/calls"
	"github.com/connlint/connlint/internal/catalog"
	"github.com/connlint/connlint/internal/lifecycle"
	"github.com/connlint/connlint/internal/roots"
	"github.com/connlint/connlint/internal/session"
	"github.com/connlint/connlint/internal/ssafunc"
	"github.com/connlint/connlint/internal/testcode"
)

// Analyzer finds the slow calls that are made while a connection is held.
var Analyzer = &analysis.Analyzer{
	Name:       "connlintslow",
	Doc:        "find waits for other things while a transaction is open",
	Run:        run,
	Requires:   []*analysis.Analyzer{ssafunc.Analyzer, lifecycle.Analyzer, roots.Analyzer},
	ResultType: reflect.TypeFor[*Result](),
	FactTypes:  []analysis.Fact{new(waits)},
}

// A Word says what is waited for.
type Word string

// The words that are not from the catalog.
const (
	Body    Word = "body"    // the body of a request
	Channel Word = "channel" // a channel
	GRPC    Word = "grpc"
)

// A Result is what Analyzer knows of a package.
type Result struct {
	// Holds are the slow calls made while something is held, in source order,
	// one for each thing held and each thing waited for; those in test files
	// and in commands that serve nothing are left out.
	Holds []*Hold
}

// A Hold is a wait while a transaction or rows are open.
type Hold struct {
	Kind    catalog.Kind // Tx or Rows
	Name    string       // of the variable, or ""
	HeldPos token.Pos
	// Pos and End are the wait, Word what is waited for.
	Pos, End token.Pos
	Word     Word
	// Call is what is called, Through the function further down that waits, at
	// Site; both "" if the call itself does. All are "" for a Channel.
	Call, Through, Site string
	// Stream is that a Channel is sent one value after another.
	Stream bool
}

// waits is the fact that a function waits for something that is not the database.
type waits struct {
	Word    Word
	Through string // the function that waits
	Site    string
}

func (*waits) AFact()           {}
func (w *waits) String() string { return "waits for " + string(w.Word) + " in " + w.Through }

// A finder looks at one package.
type finder struct {
	*Result
	pass    *analysis.Pass
	ssa     *ssafunc.Result
	clients []*catalog.Fact
	waits   map[*ssa.Function]*waits
}

func run(pass *analysis.Pass) (any, error) {
	f := &finder{
		Result: new(Result),
		pass:   pass,
		ssa:    pass.ResultOf[ssafunc.Analyzer].(*ssafunc.Result),
		waits:  map[*ssa.Function]*waits{},
	}
	if !f.ssa.Relevant {
		return f.Result, nil
	}
	for _, fact := range f.ssa.Catalog.Facts() {
		if fact.Verb == "client" {
			f.clients = append(f.clients, fact)
		}
	}
	f.summarize()
	f.export()
	if pass.Pkg.Name() == "main" && !pass.ResultOf[roots.Analyzer].(*roots.Result).Serves {
		return f.Result, nil // nobody else wants the connection of a command
	}
	for _, res := range pass.ResultOf[lifecycle.Analyzer].(*lifecycle.Result).Resources {
		if (res.Kind == catalog.Tx || res.Kind == catalog.Rows) && !testcode.Has(res.Fn) {
			f.resource(res)
		}
	}
	slices.SortStableFunc(f.Holds, func(a, b *Hold) int { return cmp.Compare(a.Pos, b.Pos) })
	return f.Result, nil
}

// resource looks at what runs while a resource is held.
func (f *finder) resource(res *lifecycle.Resource) {
	type key struct {
		word   Word
		stream bool
	}
	seen := map[key]bool{}
	add := func(pos token.Pos, w *waits, h Hold) {
		k := key{w.Word, h.Stream}
		if seen[k] {
			return
		}
		seen[k] = true
		h.Kind, h.Name, h.HeldPos = res.Kind, res.Name, res.Call.Pos()
		h.Pos, h.End, h.Word = pos, pos, w.Word
		f.Holds = append(f.Holds, &h)
	}
	during := slices.Clone(res.During)
	if res.Kind == catalog.Rows {
		during = append(during, calls.WhileNext(f.ssa.Catalog, res.Value)...)
	}
	if slices.ContainsFunc(during, session.Locks) {
		return // it is held as a lock, on purpose
	}
	for _, call := range during {
		if call == res.Call {
			continue
		}
		if w := f.direct(call); w != nil {
			add(call.Pos(), w, Hold{Call: calls.Title(call.Common())})
		} else if w := f.ofCallee(call); w != nil {
			add(call.Pos(), w, Hold{Call: calls.Title(call.Common()), Through: w.Through, Site: w.Site})
		}
	}
	for _, instr := range res.Waits {
		if f.mayBlock(instr) {
			add(instr.Pos(), &waits{Word: Channel}, Hold{Stream: sends(instr) && inLoop(instr.Block())})
		}
	}
}

// summarize finds the functions of the package that wait, callees first as often as
// something changes. After the first round it looks at those again of which a callee
// was found after they were looked at.
func (f *finder) summarize() {
	var before map[*ssa.Function]bool
	for round := range maxDepth {
		found := map[*ssa.Function]bool{}
		for _, fn := range f.ssa.Funcs {
			if f.waits[fn] != nil || round > 0 && !f.callsAny(fn, before, found) || testcode.Has(fn) {
				continue
			}
			if w := f.of(fn); w != nil {
				f.waits[fn] = w
				found[fn] = true
			}
		}
		if len(found) == 0 {
			return
		}
		before = found
	}
}

// callsAny reports whether fn calls a function of this package that is in one of two
// sets.
func (f *finder) callsAny(fn *ssa.Function, a, b map[*ssa.Function]bool) bool {
	return slices.ContainsFunc(f.ssa.Calls(fn), func(call ssa.CallInstruction) bool {
		callee := call.Common().StaticCallee()
		if callee == nil {
			return false
		}
		callee = calls.Declared(callee)
		return a[callee] || b[callee]
	})
}

// maxDepth bounds how far down a wait is looked for: what is many calls away happens
// on few of the ways there.
const maxDepth = 4

// of returns the first wait of a function that is not only on the way out of a
// failure.
func (f *finder) of(fn *ssa.Function) *waits {
	var failing map[*ssa.BasicBlock]bool
	for _, call := range f.ssa.Calls(fn) {
		w := f.direct(call)
		if w != nil && w.Word != Body {
			w.Through, w.Site = calls.Title(call.Common()), f.site(call.Pos())
		} else if w = f.ofCallee(call); w == nil {
			continue
		}
		if failing == nil {
			failing = failingBlocks(fn)
		}
		if !failing[call.Block()] {
			return w
		}
	}
	return nil
}

// ofCallee returns the wait of a function that is called, by the analysis of this
// package or by fact.
func (f *finder) ofCallee(call ssa.CallInstruction) *waits {
	c := call.Common()
	switch call.(type) {
	case *ssa.Go, *ssa.Defer:
		return nil
	}
	if callee := c.StaticCallee(); callee != nil {
		if w := f.waits[calls.Declared(callee)]; w != nil {
			return w
		}
	}
	obj := calls.Func(c)
	if obj == nil || obj.Pkg() == nil || obj.Pkg() == f.pass.Pkg {
		return nil
	}
	w := new(waits)
	if f.pass.ImportObjectFact(obj, w) {
		return w
	}
	return nil
}

func (f *finder) export() {
	if f.ssa.Described {
		return
	}
	for fn, w := range f.waits {
		if obj, ok := fn.Object().(*types.Func); ok && fn.Parent() == nil && obj.Pkg() == f.pass.Pkg {
			f.pass.ExportObjectFact(obj, w)
		}
	}
}
