package track

import (
	"fmt"
	"runtime"
	"strings"
	"time"
)

// maxFrames is how many of the user's frames a report shows; the first libraryFrames of a run of
// third-party frames are shown, the rest of the run is counted.
const (
	maxFrames     = 8
	libraryFrames = 2
	maxQuery      = 200 // bytes
)

const indent = "            "

func writeLeak(b *strings.Builder, n int, l *Leak) {
	fmt.Fprintf(b, "        [%d] %s\n", n, headline(l))
	writeSite(b, verb(l), l.API, l.Stack)
	if l.Query != "" {
		fmt.Fprintf(b, "%squery: %s\n", indent, oneLine(l.Query))
	}
	for _, r := range l.Related {
		if r.Title == "last statement" {
			fmt.Fprintf(b, "%slast statement: %s%s\n", indent, oneLine(r.Query), at(r.Stack))
			continue
		}
		writeSite(b, r.Title, r.API, r.Stack)
		if r.Query != "" {
			fmt.Fprintf(b, "%squery: %s\n", indent, oneLine(r.Query))
		}
	}
	if l.Server != nil {
		fmt.Fprintf(b, "%sserver: %s\n", indent, l.Server)
	}
	if l.Note != "" {
		fmt.Fprintf(b, "%snote: %s\n", indent, l.Note)
	}
}

func headline(l *Leak) string {
	what, how := "", ""
	switch l.Kind {
	case Rows:
		what, how = l.Type+" never closed", "open for"
		if l.Type == "*sql.Row" {
			what = "*sql.Row never scanned"
		}
	case Tx:
		what, how = l.Type+" neither committed nor rolled back", "open for"
	case Connection:
		what, how = l.Type+" never given back", "out for"
		if l.Type == "*sql.Conn" {
			what = "*sql.Conn never closed"
		}
	case Nested:
		what = "a second connection taken while the goroutine holds one"
	case Held:
		what, how = "a connection was held", "for"
	case DirtyRelease:
		what = "a connection was given back unfinished"
	default:
		what = l.Type
		switch l.Kind {
		case Stmt, Pool, Batch:
			what, how = l.Type+" never closed", "open for"
		}
	}
	var in []string
	if l.Conn > 0 {
		in = append(in, fmt.Sprintf("on connection %d", l.Conn))
	}
	if how != "" && l.Held > 0 {
		in = append(in, how+" "+short(l.Held))
	}
	if len(in) > 0 {
		what += " (" + strings.Join(in, ", ") + ")"
	}
	return what
}

func verb(l *Leak) string {
	switch l.Kind {
	case Tx:
		return "begun by"
	case Connection, Nested, Held:
		return "taken by"
	case OnServer:
		return "taken last by"
	case Stmt:
		return "prepared by"
	case DirtyRelease:
		return "given back by"
	case Sessions:
		return "the last was opened by"
	case Starved:
		return "waits in"
	case Swallowed:
		return "the failed call was"
	}
	return "opened by"
}

func writeSite(b *strings.Builder, verb, api string, stack []runtime.Frame) {
	switch {
	case api == "" && len(stack) == 0:
		if verb == "taken by" || verb == "opened by" {
			fmt.Fprintf(b, "%s%s code that is not known\n", indent, verb)
		}
		return
	case api == "":
		fmt.Fprintf(b, "%s%s\n", indent, verb)
	case len(stack) == 0:
		fmt.Fprintf(b, "%s%s %s\n", indent, verb, api)
	default:
		fmt.Fprintf(b, "%s%s %s, called from\n", indent, verb, api)
	}
	writeFrames(b, stack)
}

func writeFrames(b *strings.Builder, stack []runtime.Frame) {
	shown, run := 0, 0
	for i, f := range stack {
		if shown == maxFrames {
			fmt.Fprintf(b, "%s    … %d more\n", indent, len(stack)-i)
			return
		}
		if run++; !library(f) {
			run = 0
		}
		if run > libraryFrames {
			if i+1 == len(stack) || !library(stack[i+1]) {
				fmt.Fprintf(b, "%s    … %d more in libraries\n", indent, run-libraryFrames)
			}
			continue
		}
		fmt.Fprintf(b, "%s    %-42s %s\n", indent, shortName(f.Function), position(f))
		shown++
	}
}

// at is the place of the user's first frame, in parentheses.
func at(stack []runtime.Frame) string {
	if len(stack) == 0 {
		return ""
	}
	return " (" + position(stack[0]) + ")"
}

func oneLine(query string) string {
	q := strings.Join(strings.Fields(query), " ")
	if len(q) > maxQuery {
		q = strings.ToValidUTF8(q[:maxQuery], "") + " …"
	}
	return q
}

func short(d time.Duration) string {
	switch {
	case d >= 10*time.Second:
		return d.Round(time.Second).String()
	case d >= time.Second:
		return d.Round(100 * time.Millisecond).String()
	case d >= time.Millisecond:
		return d.Round(time.Millisecond).String()
	}
	return d.Round(time.Microsecond).String()
}

// String is the session as a report tells it.
func (s *Session) String() string {
	var parts []string
	head := fmt.Sprintf("session %d", s.ID)
	if s.State != "" {
		head += fmt.Sprintf(" is %q", s.State)
	}
	parts = append(parts, head)
	if s.TxAge > 0 {
		parts = append(parts, "transaction open "+short(s.TxAge))
	}
	if len(s.Locks) > 0 {
		parts = append(parts, "locks: "+strings.Join(s.Locks, "; "))
	}
	if s.Text != "" {
		parts = append(parts, s.Text)
	}
	return strings.Join(parts, ", ")
}
