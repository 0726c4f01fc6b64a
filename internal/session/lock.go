package session

import (
	"slices"
	"strings"

	"golang.org/x/tools/go/ssa"

	"github.com/connlint/connlint/internal/calls"
)

// Locks reports whether a call is given a statement that takes or releases a lock which
// is a thing of its own: an advisory lock, that of GET_LOCK, whole tables. Who holds a
// connection for that holds it on purpose.
func Locks(call ssa.CallInstruction) bool {
	return Advises(call) != NoLock || slices.ContainsFunc(statements(call), func(w words) bool {
		return (w.at(0) == "lock" || w.at(0) == "unlock") && strings.HasPrefix(w.at(1), "table")
	})
}

// A Locking says how a statement locks.
type Locking int

// The ways to lock.
const (
	NoLock Locking = iota
	Tries          // it goes on without the lock, or releases it
	Waits          // for the lock, with the connection in hand
)

// Advises is Locks of the locks that have a name and guard nothing by themselves, so
// that the work they guard is done on other connections as well.
func Advises(call ssa.CallInstruction) Locking {
	found := NoLock
	for _, w := range statements(call) {
		found = max(found, advises(w))
	}
	return found
}

func advises(w words) Locking {
	found := NoLock
	for i, word := range w {
		if w.at(i+1) == "(" {
			found = max(found, locking(word[strings.LastIndexByte(word, '.')+1:], split(w[i+2:])))
		}
	}
	return found
}

// locking returns how a call of an SQL function locks.
func locking(function string, args []words) Locking {
	known := functions[function]
	switch {
	case function == "get_lock" && (len(args) != 2 || args[1].String() != "0"):
		return Waits
	case function == "get_lock", known.sort == Lock && known.undo, strings.HasPrefix(function, "pg_try_advisory_"):
		return Tries
	case strings.HasPrefix(function, "pg_advisory_"):
		return Waits
	}
	return NoLock
}

// statements returns those that a call is given, if their text is known and mentions
// locks.
func statements(call ssa.CallInstruction) []words {
	sql, ok := statementOf(call.Common())
	if !ok || !strings.Contains(strings.ToLower(sql), "lock") { // most are about something else
		return nil
	}
	return scan(sql)
}

// statementOf returns the text of the statement that a method is given: its first
// parameter of type string.
func statementOf(c *ssa.CallCommon) (sql string, ok bool) {
	sig := c.Signature()
	for i := range sig.Params().Len() {
		if isString(sig.Params().At(i).Type()) {
			if arg := calls.Arg(c, i); arg != nil {
				return text(arg, 0), true
			}
			return "", false
		}
	}
	return "", false
}
