package session

import (
	"strings"

	"golang.org/x/tools/go/ssa"

	"github.com/connlint/connlint/internal/calls"
	"github.com/connlint/connlint/internal/catalog"
)

// A walk collects what is done with a connection, whatever the order: what is taken
// back on some path, and by a deferred call, counts as taken back.
type walk struct {
	*finder
	seen map[ssa.Value]bool
	uses []use
	// gone is that somebody else has the connection, or that it does not go back.
	gone    bool
	commits bool
}

// A use is an effect on the session of a call.
type use struct {
	effect
	call ssa.CallInstruction
}

// maxDepth bounds the helpers that a connection is followed through.
const maxDepth = 6

// taken reports whether the effect of use i is taken back by another.
func (w *walk) taken(i int) bool {
	e := w.uses[i]
	for _, u := range w.uses {
		if u.undoes(e.effect) || u.call != e.call && u.toggles(e.effect) {
			return true
		}
	}
	return false
}

// follow looks at what is done with v, which is the connection, a transaction on it
// or a variable that holds either.
func (w *walk) follow(v ssa.Value, depth int) {
	if w.seen[v] || w.gone {
		return
	}
	w.seen[v] = true
	refs := v.Referrers()
	if refs == nil || depth > maxDepth {
		w.gone = true
		return
	}
	for _, ref := range *refs {
		w.use(v, ref, depth)
	}
}

func (w *walk) use(v ssa.Value, ref ssa.Instruction, depth int) {
	switch t := ref.(type) {
	case ssa.CallInstruction:
		w.call(v, t, depth)
	case *ssa.Phi, *ssa.ChangeType, *ssa.ChangeInterface, *ssa.MakeInterface, *ssa.FieldAddr, *ssa.UnOp:
		// Another name, the field of an embedded connection, the load of a variable.
		w.follow(ref.(ssa.Value), depth)
	case *ssa.Store:
		if cell, ok := t.Addr.(*ssa.Alloc); ok {
			w.follow(cell, depth)
		} else if t.Addr != v {
			w.gone = true
		}
	case *ssa.MakeClosure:
		fn := t.Fn.(*ssa.Function)
		for i, b := range t.Bindings {
			if b == v && fn.Synthetic == "" { // else a method value: conn.Close
				w.follow(fn.FreeVars[i], depth)
			}
		}
	case *ssa.BinOp, *ssa.DebugRef:
	default:
		w.gone = true
	}
}

// call looks at a call of a method of v, or one that is given v.
func (w *walk) call(v ssa.Value, call ssa.CallInstruction, depth int) {
	c := call.Common()
	if calls.Receiver(c) == v {
		w.method(v, call, depth)
	}
	args := c.Args
	for i, a := range args {
		if a != v || i == 0 && calls.Receiver(c) == v {
			continue
		}
		fn := c.StaticCallee()
		if fn == nil || calls.Declared(fn).Blocks == nil || i >= len(calls.Declared(fn).Params) {
			w.gone = true // may take it back
			return
		}
		w.follow(calls.Declared(fn).Params[i], depth+1)
	}
}

// method looks at a method of the connection that is called: what it runs, whether
// the connection then goes back, and what it returns that is on the same session.
func (w *walk) method(v ssa.Value, call ssa.CallInstruction, depth int) {
	c := call.Common()
	for _, e := range textEffects(c) {
		w.uses = append(w.uses, use{e, call})
	}
	name := calls.Name(c)
	releases, acquires := w.ssa.Catalog.Lookup(name, "release"), w.ssa.Catalog.Lookup(name, "acquire", "chain")
	switch {
	case len(releases) > 0 && len(acquires) > 0, // Hijack
		len(releases) > 0 && releases[0].Kind == catalog.Conn && !w.goesBack(v),
		len(w.ssa.Catalog.Lookup(name, "calls")) > 0 && isRaw(c):
		w.gone = true
		return
	}
	for _, f := range releases {
		w.commits = w.commits || f.Attr["end"] == "commit"
	}
	results := c.Signature().Results()
	for i := range results.Len() {
		kind, _ := w.ssa.Catalog.KindOf(results.At(i).Type())
		if r := calls.Result(call, i); r != nil && (kind == catalog.Conn || kind == catalog.Tx) {
			w.follow(r, depth)
		}
	}
}

// goesBack reports whether closing a connection of v's type gives it back: there are
// pools in the package that it is from. A *pgx.Conn is closed for good.
func (w *walk) goesBack(v ssa.Value) bool {
	conn := w.ssa.Catalog.TypeFact(v.Type())
	if conn == nil {
		return true
	}
	home := conn.Name[:strings.LastIndex(conn.Name, ".")+1]
	for _, f := range w.ssa.Catalog.Facts() {
		if rest, ok := strings.CutPrefix(f.Name, home); ok && f.Verb == "type" && f.Kind == catalog.Pool && !strings.ContainsAny(rest, "./") {
			return true
		}
	}
	return false
}

// isRaw reports whether the method hands out the driver's connection, which may end
// it by returning driver.ErrBadConn.
func isRaw(c *ssa.CallCommon) bool {
	fn := calls.Func(c)
	return fn != nil && fn.Name() == "Raw"
}
