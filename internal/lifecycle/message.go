package lifecycle

import (
	"fmt"
	"go/token"
	"strings"

	"golang.org/x/tools/go/analysis"

	"github.com/connlint/connlint/internal/catalog"
)

// words are what messages say of a kind of resource.
type words struct{ noun, undone, harm string }

var kindWords = map[catalog.Kind]words{
	catalog.Rows:  {"rows", "not closed", "its connection never goes back to the pool"},
	catalog.Row:   {"row", "not scanned", "its connection never goes back to the pool"},
	catalog.Batch: {"batch results", "not closed", "the connection never goes back to the pool"},
	catalog.Stmt:  {"statement", "not closed", "the server keeps it prepared"},
	catalog.Conn:  {"connection", "not closed", "nobody else can use it, and the server keeps its session"},
	catalog.Tx:    {"transaction", "neither committed nor rolled back", "it keeps its connection and its locks"},
	catalog.Pool:  {"pool", "not closed", "its connections stay open"},
}

// wrappedHarm says it of a type that carries the resource.
var wrappedHarm = map[catalog.Kind]string{
	catalog.Rows:  "the connection of the rows in it never goes back to the pool",
	catalog.Row:   "the connection of the row in it never goes back to the pool",
	catalog.Batch: "the connection of the batch in it never goes back to the pool",
	catalog.Stmt:  "the server keeps the statement in it prepared",
	catalog.Conn:  "nobody else can use the connection in it",
	catalog.Tx:    "the transaction in it keeps its connection and its locks",
	catalog.Pool:  "the connections of the pool in it stay open",
}

// Message returns the one line that reports the fault: what is wrong, then the harm.
func (f *Fault) Message(fset *token.FileSet) string {
	w := kindWords[f.Kind]
	undone := w.undone
	if f.Kind != catalog.Tx && f.Kind != catalog.Row && f.Release == "Release" {
		undone = "not released"
	}
	subject := w.noun + " from " + f.Call
	if f.Call == "" {
		subject = "the " + w.noun + " in parameter " + f.Name
	}
	if f.Wrapper != "" {
		subject = f.Wrapper + " from " + f.Call
		undone += " by " + f.Release
		if f.Kind == catalog.Tx {
			undone = w.undone
		}
		w.harm = wrappedHarm[f.Kind]
	} else if f.Call != "" && f.Name != "" && f.Name != w.noun && f.Name != "_" {
		subject += " in " + f.Name
	}
	at := ""
	if f.Exit.IsValid() {
		at = fmt.Sprintf(" when the function returns at line %d", fset.Position(f.Exit).Line)
	}
	switch f.Sort {
	case Leak:
		if f.ob != nil && f.Exit == f.ob.site.Pos() {
			at = " before the next round of the loop acquires another"
		}
		if f.withError {
			at += " with an error, where its callers drop it"
		}
		return fmt.Sprintf("%s is %s%s: %s", subject, undone, at, w.harm)
	case TxHeld:
		return fmt.Sprintf("%s is %s%s: it stays open until the transaction ends, and the next query in that may fail", subject, undone, at)
	case Discarded:
		if f.inTx {
			return fmt.Sprintf("%s is %s, it is thrown away: it stays open until the transaction ends, and the next query in that may fail; use Exec", subject, undone)
		}
		switch f.Kind {
		case catalog.Rows:
			return fmt.Sprintf("rows from %s is not closed, they are thrown away: the connection never goes back to the pool; use Exec", f.Call)
		case catalog.Row:
			return fmt.Sprintf("row from %s is not scanned, it is thrown away: the connection never goes back to the pool; use Exec", f.Call)
		}
		return fmt.Sprintf("%s is %s, it is thrown away: %s", subject, undone, w.harm)
	case LoopHeld:
		return fmt.Sprintf("%s is %s before the loop acquires another: a defer in a loop runs when the function returns, until then every round holds one more", subject, undone)
	case Unchecked:
		return fmt.Sprintf("%s is used before its error is checked: it is nil when %s fails", subject, f.Call)
	case BlocksClose:
		return fmt.Sprintf("%s is %s when its connection is closed at line %d: Close waits for it for ever", subject, undone, fset.Position(f.Exit).Line)
	case ErrUnread:
		return fmt.Sprintf("iteration error of %s is not checked before the function returns at line %d: a connection lost halfway looks like a short result", subject, fset.Position(f.Exit).Line)
	case ErrLost:
		return fmt.Sprintf("iteration error of %s is checked, but the error returned at line %d is another one, and nil: the caller takes a short result for complete", subject, fset.Position(f.Exit).Line)
	case CommitLost:
		return fmt.Sprintf("error of %s is dropped: when Commit fails, what the transaction wrote is lost and the caller takes it for done", f.Call)
	case CommitAfter:
		return fmt.Sprintf("%s is committed by a deferred function although the function fails: the error it returns is not the one that the deferred function looks at", subject)
	case OnlyRead:
		return fmt.Sprintf("%s is released only by reading it to the end: a panic on the way keeps its connection", subject)
	}
	return subject
}

// Category returns the category of the fault within its rule, or "".
func (f *Fault) Category() string {
	switch f.Sort {
	case Discarded:
		return "discarded"
	case LoopHeld:
		return "loop"
	case Unchecked:
		return "unchecked"
	case BlocksClose:
		return "blocks"
	case CommitLost:
		return "commit"
	case CommitAfter:
		return "commit"
	case OnlyRead:
		return "strict"
	}
	return ""
}

// Diagnostic returns the fault as an analysis diagnostic.
func (f *Fault) Diagnostic(pass *analysis.Pass) analysis.Diagnostic {
	d := analysis.Diagnostic{
		Pos:            f.Pos,
		End:            f.End,
		Category:       f.Category(),
		Message:        f.Message(pass.Fset),
		URL:            pass.Analyzer.URL,
		SuggestedFixes: f.Fixes,
	}
	for _, s := range f.Path {
		if s.Pos.IsValid() {
			d.Related = append(d.Related, analysis.RelatedInformation{Pos: s.Pos, End: s.End, Message: s.Message})
		}
	}
	if f.Sort == Unchecked || f.Sort == CommitAfter {
		d.Related = append(d.Related, analysis.RelatedInformation{Pos: f.ob.site.Pos(), Message: "acquired here"})
	} else if f.Exit.IsValid() {
		d.Related = append(d.Related, analysis.RelatedInformation{Pos: f.Exit, Message: f.exitWords()})
	}
	return d
}

func (f *Fault) exitWords() string {
	switch f.Sort {
	case BlocksClose:
		return "this waits for the rows to be closed"
	case ErrUnread:
		return "returns here without looking at " + strings.TrimPrefix(f.Name+".Err", ".")
	case CommitAfter:
		return "committed here"
	case LoopHeld:
		return "acquired again here"
	}
	return "leaves here"
}
