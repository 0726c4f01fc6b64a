package lifecycle

import (
	"cmp"
	"encoding/binary"
	"go/token"
	"slices"
	"strings"

	"golang.org/x/tools/go/ssa"
)

// A status is where the resource stands on a path.
type status uint8

const (
	held     status = iota // acquired and not released
	absent                 // the acquire failed: there is no resource
	ended                  // iteration has ended and nobody has looked at the error
	released               // given back, checked, or whatever the goal asks for
	gone                   // somebody else's, or unknown: never reported
	stored                 // in a field of a parameter of the function under study
)

// A truth is what a path has learned about a value: nil or true, not nil or false.
type truth int8

const (
	unknown truth = iota
	yes           // nil for pointers, interfaces and functions; true for booleans
	no
)

func (t truth) not() truth {
	switch t {
	case yes:
		return no
	case no:
		return yes
	}
	return unknown
}

type binding struct{ key, val ssa.Value }

type fact struct {
	v ssa.Value
	t truth
}

// A cell is a place in memory: a variable that is captured or whose address is
// taken, or a field of a local struct.
type cell struct {
	root ssa.Value // Alloc, FreeVar, or another value of pointer type
	path string    // field path such as ".0.2"; "" for the variable itself
	val  ssa.Value
}

// A deferral is a deferred call that will run when its frame ends.
type deferral struct {
	call  *ssa.Defer
	args  []ssa.Value // resolved when deferred; the receiver or function value first
	frame int

	next   *deferral
	number uint64 // the same for what is equal, with all that follows
}

// A step is one branch a path took.
type step struct {
	pos   token.Pos
	taken bool
	prev  *step
}

// A state is what is known at one point of one path. It is a value: fork before
// changing.
type state struct {
	status status
	env    []binding // of values whose meaning depends on the path: phis, loads, results
	facts  []fact
	cells  []cell
	defers *deferral
	hist   *step

	storedParam int       // with status stored
	storedPath  string    // with status stored
	endPos      token.Pos // where iteration ended, or the release happened in a deferred call
	commits     bool      // released by a commit
	iterFailed  bool      // the iteration error is known not to be nil
	kept        bool      // put into a field of a type none of whose methods releases it
	looped      bool      // a back edge was taken since the acquire
	gotRow      bool      // Next has returned true
	lent        bool      // given to somebody who may own it from then on
	byRead      bool      // released by having been read
	spawned     token.Pos // where the goroutine that took it over leaves it
}

func (s *state) fork() *state {
	c := *s
	c.env = slices.Clone(s.env)
	c.facts = slices.Clone(s.facts)
	c.cells = slices.Clone(s.cells)
	return &c
}

func (s *state) lookup(v ssa.Value) (ssa.Value, bool) {
	for i := range s.env {
		if s.env[i].key == v {
			return s.env[i].val, true
		}
	}
	return nil, false
}

func (s *state) bind(key, val ssa.Value) {
	for i := range s.env {
		if s.env[i].key == key {
			if key == val {
				s.env = slices.Delete(s.env, i, i+1)
			} else {
				s.env[i].val = val
			}
			return
		}
	}
	if key != val {
		s.env = append(s.env, binding{key, val})
	}
}

// forget drops what is known about v under its own name: v is computed anew.
func (s *state) forget(v ssa.Value) {
	s.bind(v, v)
	s.facts = slices.DeleteFunc(s.facts, func(f fact) bool { return f.v == v })
}

func (s *state) factOf(v ssa.Value) truth {
	for _, f := range s.facts {
		if f.v == v {
			return f.t
		}
	}
	return unknown
}

func (s *state) setFact(v ssa.Value, t truth) {
	for i := range s.facts {
		if s.facts[i].v == v {
			s.facts[i].t = t
			return
		}
	}
	s.facts = append(s.facts, fact{v, t})
}

func (s *state) loadCell(root ssa.Value, path string) (ssa.Value, bool) {
	for i := range s.cells {
		if s.cells[i].root == root && s.cells[i].path == path {
			return s.cells[i].val, true
		}
	}
	return nil, false
}

func (s *state) setCell(root ssa.Value, path string, val ssa.Value) {
	for i := range s.cells {
		if s.cells[i].root == root && s.cells[i].path == path {
			s.cells[i].val = val
			return
		}
	}
	s.cells = append(s.cells, cell{root, path, val})
}

// dropCells forgets the cells of root at path and below.
func (s *state) dropCells(root ssa.Value, path string) {
	s.cells = slices.DeleteFunc(s.cells, func(c cell) bool {
		return c.root == root && under(c.path, path)
	})
}

// knowsBelow reports whether a cell below path of root is known.
func (s *state) knowsBelow(root ssa.Value, path string) bool {
	for i := range s.cells {
		if s.cells[i].root == root && len(s.cells[i].path) > len(path) && under(s.cells[i].path, path) {
			return true
		}
	}
	return false
}

// under reports whether path is prefix or below it.
func under(path, prefix string) bool {
	return len(path) >= len(prefix) && path[:len(prefix)] == prefix &&
		(len(path) == len(prefix) || path[len(prefix)] == '.' || prefix == "")
}

// A numbering gives values, and what waits to be run, small numbers, so that states can
// be compared.
type numbering struct {
	values map[ssa.Value]uint64
	waits  map[waiting]uint64

	rows []keyRow // for key, which needs them again and again
	buf  []byte
}

// A keyRow is one thing that a state knows.
type keyRow struct {
	a, b uint64
	path string
}

// waiting is a deferral and all that run after it.
type waiting struct {
	call  *ssa.Defer
	frame int
	args  string
	next  uint64
}

func newNumbering() *numbering {
	return &numbering{values: map[ssa.Value]uint64{}, waits: map[waiting]uint64{}}
}

func (n *numbering) of(v ssa.Value) uint64 {
	if c, ok := v.(*ssa.Const); ok && c.Value == nil {
		v = anyNil // equal constants are distinct values
	}
	id, ok := n.values[v]
	if !ok {
		id = uint64(len(n.values) + 1)
		n.values[v] = id
	}
	return id
}

// push has d run before all that waits in s.
func (n *numbering) push(d *deferral, s *state) {
	w := waiting{call: d.call, frame: d.frame}
	if s.defers != nil {
		w.next = s.defers.number
	}
	var args []byte
	for _, a := range d.args {
		args = binary.AppendUvarint(args, n.of(a))
	}
	w.args = string(args)
	id, ok := n.waits[w]
	if !ok {
		id = uint64(len(n.waits) + 1)
		n.waits[w] = id
	}
	d.next, d.number = s.defers, id
	s.defers = d
}

// key returns a string equal for equal states. History does not count.
func (s *state) key(n *numbering) string {
	buf := n.buf[:0]
	put := func(x uint64) { buf = binary.AppendUvarint(buf, x) }
	put(uint64(s.status))
	if s.commits {
		put(1)
	}
	if s.iterFailed {
		put(4)
	}
	if s.kept {
		put(7)
	}
	if s.looped {
		put(5)
	}
	if s.gotRow {
		put(6)
	}
	if s.lent {
		put(3)
	}
	if s.byRead {
		put(2)
	}
	put(uint64(s.endPos))
	put(uint64(s.spawned))

	rows := n.rows
	flush := func() {
		slices.SortFunc(rows, func(a, b keyRow) int {
			return cmp.Or(cmp.Compare(a.a, b.a), strings.Compare(a.path, b.path))
		})
		put(uint64(len(rows)))
		for _, r := range rows {
			put(r.a)
			put(r.b)
			put(uint64(len(r.path)))
			buf = append(buf, r.path...)
		}
		rows = rows[:0]
	}
	for _, b := range s.env {
		rows = append(rows, keyRow{n.of(b.key), n.of(b.val), ""})
	}
	flush()
	for _, f := range s.facts {
		rows = append(rows, keyRow{n.of(f.v), uint64(f.t), ""})
	}
	flush()
	for _, c := range s.cells {
		rows = append(rows, keyRow{n.of(c.root), n.of(c.val), c.path})
	}
	flush()
	if s.defers != nil {
		put(s.defers.number)
	}
	n.rows, n.buf = rows, buf
	return string(buf)
}
