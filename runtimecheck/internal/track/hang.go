package track

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"
)

func contextWithin(d time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), d)
}

// hangText is what the hang guard prints.
func hangText(r *Report, waiters []Leak, blocked []string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "runtimecheck: %s does not end; connections held now:\n", r.Subject)
	if len(r.Leaks) == 0 {
		b.WriteString("        none\n")
	}
	for i := range r.Leaks {
		writeLeak(&b, i+1, &r.Leaks[i])
	}
	for i := range waiters {
		if i == 0 {
			b.WriteString("    waiting for a connection:\n")
		}
		writeLeak(&b, i+1, &waiters[i])
	}
	for _, line := range blocked {
		b.WriteString("        " + line + "\n")
	}
	for _, p := range r.Pools {
		b.WriteString("        " + p + "\n")
	}
	return b.String()
}

// waitingIn are the functions in which a goroutine waits for a connection of a full pool.
var waitingIn = []string{"database/sql.(*DB).conn(", "github.com/jackc/puddle/v2.(*Pool[...]).acquire("}

// waitingStates begin the states of a goroutine that waits, as opposed to one that passes through.
var waitingStates = []string{"select", "chan receive", "sync.", "semacquire"}

// Waiters returns the goroutines of this process that wait for a connection.
func Waiters() []Leak {
	var leaks []Leak
	for _, g := range goroutines() {
		if !g.waits() {
			continue
		}
		api, user := g.site()
		leaks = append(leaks, Leak{Kind: Starved, Type: "goroutine " + g.id + " waits for a connection", API: api, Stack: user})
	}
	return leaks
}

// A goroutine is one of the runtime's textual stack dump, the only place that has other goroutines' stacks.
type goroutine struct {
	id, state string
	frames    []runtime.Frame
	raw       string
}

// goroutines returns all of them, except for the caller's.
func goroutines() []goroutine {
	buf := make([]byte, 1<<16)
	for {
		n := runtime.Stack(buf, true)
		if n < len(buf) {
			buf = buf[:n]
			break
		}
		buf = make([]byte, 2*len(buf))
	}
	var out []goroutine
	for i, text := range strings.Split(string(buf), "\n\n") {
		if i > 0 {
			out = append(out, parseGoroutine(text))
		}
	}
	return out
}

// parseGoroutine reads one goroutine of a dump; what it does not understand is left out.
func parseGoroutine(text string) goroutine {
	g := goroutine{raw: text}
	lines := strings.Split(text, "\n")
	head := strings.TrimPrefix(lines[0], "goroutine ")
	g.id, g.state, _ = strings.Cut(head, " ")
	g.state = strings.Trim(g.state, "[]:")
	for i := 1; i+1 < len(lines); i += 2 {
		if strings.HasPrefix(lines[i], "[originating from goroutine") { // GODEBUG=tracebackancestors
			i--
			continue
		}
		function := lines[i]
		if strings.HasPrefix(function, "created by ") {
			g.frames = append(g.frames, runtime.Frame{Function: "runtime.goexit"})
			continue
		}
		if p := strings.LastIndexByte(function, '('); p > 0 {
			function = function[:p]
		}
		where, _, _ := strings.Cut(strings.TrimSpace(lines[i+1]), " ")
		file, line := where, 0
		if c := strings.LastIndexByte(where, ':'); c > 0 {
			file = where[:c]
			line, _ = strconv.Atoi(where[c+1:])
		}
		g.frames = append(g.frames, runtime.Frame{Function: function, File: file, Line: line})
	}
	return g
}

func (g goroutine) waits() bool {
	if !slices.ContainsFunc(waitingStates, func(state string) bool { return strings.HasPrefix(g.state, state) }) {
		return false
	}
	for _, name := range waitingIn {
		if strings.Contains(g.raw, "\n"+name) {
			return true
		}
	}
	return false
}

// site returns the API that the user's code called last and the user's frames. Frames of the goroutine's
// ancestors count: they tell who started it.
func (g goroutine) site() (api string, user []runtime.Frame) {
	i := 0
	for i < len(g.frames) && plumbing(g.frames[i].Function) {
		if name := g.frames[i].Function; !strings.HasPrefix(name, "runtime.") {
			api = apiName(name)
		}
		i++
	}
	for ; i < len(g.frames); i++ {
		f := g.frames[i]
		if f.Function == "testing.tRunner" || f.Function == "runtime.goexit" || f.Function == "runtime.main" {
			break
		}
		if !plumbing(f.Function) { // the runtime misplaces the inlined frames of ancestors
			user = append(user, f)
		}
	}
	return api, user
}

// AwaitDone returns, without any tracking, the goroutines that database/sql keeps for each open Tx and for each
// open Rows whose context can be cancelled. Their stack is known only when the process runs with
// GODEBUG=tracebackancestors=10.
func AwaitDone() []Leak {
	var leaks []Leak
	for _, g := range goroutines() {
		l := Leak{}
		switch {
		case strings.Contains(g.raw, "\n"+awaitDoneTx+"("):
			l.Kind, l.Type = Tx, "*sql.Tx"
		case strings.Contains(g.raw, "\n"+awaitDoneRows+"("):
			l.Kind, l.Type = Rows, "*sql.Rows"
		default:
			continue
		}
		if l.API, l.Stack = g.site(); len(l.Stack) == 0 {
			l.API = ""
		}
		leaks = append(leaks, l)
	}
	return leaks
}
