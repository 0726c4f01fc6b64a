package session

import (
	"fmt"

	"golang.org/x/tools/go/analysis"

	"github.com/connlint/connlint/internal/catalog"
)

// Message returns the fault and the harm in a line.
func (l *Leftover) Message() string {
	if l.On == catalog.Pool {
		return l.onPool()
	}
	fault := l.deed() + " on " + l.holder()
	harm := "the next user of the connection gets it"
	switch l.Sort {
	case Setting:
		fault += " and not reset"
	case Lock:
		fault += " and not released"
		harm = "it is held by a connection that nobody uses, and everybody else waits for it"
	case Table:
		fault += " and not dropped"
	case Channel:
		fault += " and not taken back with UNLISTEN"
		harm = "the next user of the connection gets what is sent there"
	}
	back := "it goes back"
	if l.On == catalog.Tx {
		back = "the connection goes back"
	}
	return fmt.Sprintf("%s before %s to the pool: %s%s", fault, back, harm, l.hint())
}

// onPool is the message where nobody knows which connection it is.
func (l *Leftover) onPool() string {
	fault := l.deed() + " on one connection of the pool, whichever is free"
	switch l.Sort {
	case Lock:
		return fault + ": it stays there, and an unlock may run on another connection"
	case Table:
		return fault + ": the next statement may run on another, where it is not there"
	case Channel:
		return fault + ": whoever gets that connection gets what is sent there, and nobody else does"
	}
	return fault + ": the others do not have it, and a new one does not either"
}

// deed says what the statement does.
func (l *Leftover) deed() string {
	switch l.Sort {
	case Lock:
		return "the " + l.What + " is taken"
	case Table:
		return trimmed("the temporary table "+l.What) + " is created"
	case Channel:
		return trimmed("the channel "+l.What) + " is listened to"
	}
	if l.What == "" {
		return "a setting of the session is changed"
	}
	return l.What + " is set"
}

func trimmed(s string) string {
	if s[len(s)-1] == ' ' {
		return s[:len(s)-1]
	}
	return s
}

func (l *Leftover) holder() string {
	switch {
	case l.Name != "":
		return l.Name
	case l.On == catalog.Tx:
		return "the transaction"
	}
	return "the connection"
}

// hint names what ends with a transaction by itself.
func (l *Leftover) hint() string {
	if l.On != catalog.Tx {
		return ""
	}
	switch {
	case l.Sort == Setting:
		return "; in PostgreSQL SET LOCAL ends with the transaction"
	case l.Sort == Lock && l.What == advisory:
		return "; pg_advisory_xact_lock ends with the transaction"
	case l.Sort == Table:
		return "; in PostgreSQL ON COMMIT DROP ends it with the transaction"
	}
	return ""
}

// Diagnostic returns the leftover as an analysis diagnostic.
func (l *Leftover) Diagnostic(pass *analysis.Pass) analysis.Diagnostic {
	d := analysis.Diagnostic{
		Pos:      l.Pos,
		Category: "state",
		Message:  l.Message(),
		URL:      pass.Analyzer.URL,
	}
	if l.Held.IsValid() {
		d.Related = []analysis.RelatedInformation{{Pos: l.Held, Message: "the connection is taken here"}}
	}
	return d
}
