package lifecycle

import (
	"go/token"
	"go/types"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/ssa"

	"github.com/connlint/connlint/internal/catalog"
	"github.com/connlint/connlint/internal/ssafunc"
)

// A Result is what the engine found out about a package.
type Result struct {
	SSA *ssafunc.Result
	// Resources are the acquire calls of the package whose resource has a
	// known owner, in source order.
	Resources []*Resource
	// Faults are what is wrong with them, in source order. The rules pick
	// theirs by Kind and Sort.
	Faults []*Fault
	// UnreadFields are the fields with rows that some function reads to the end, from
	// where it returns without an error and without having looked at theirs; with the
	// places where the iterations end.
	UnreadFields map[*types.Var][]token.Pos
	// Notes are the functions that the engine could not analyze.
	Notes []string

	steps int // instructions executed: what the engine costs
}

// A Resource is one acquire call and the time its resource is held.
type Resource struct {
	Kind  catalog.Kind
	Fn    *ssa.Function // that acquires
	Call  ssa.CallInstruction
	Value ssa.Value // the resource; nil if it is thrown away
	Name  string    // of the variable, or ""
	// During are the calls that may run while the resource is held, in the
	// order they were met; those inside function literals that run then are
	// among them.
	During []ssa.CallInstruction
	// Waits are the channel operations (*ssa.Send, *ssa.UnOp, *ssa.Select) that
	// may run, and block, while the resource is held.
	Waits []ssa.Instruction
}

// A Sort says what is wrong.
type Sort int

// The sorts of fault.
const (
	Leak        Sort = iota // held on some path out of the function
	TxHeld                  // like Leak, in a transaction that somebody else ends
	Discarded               // the result of the acquire is thrown away
	LoopHeld                // acquired again while it is held; a defer in the loop releases too late
	Unchecked               // used before its error is checked: nil on the error path
	BlocksClose             // its connection is closed while it is open, which waits for ever
	ErrUnread               // iteration ended and nobody looked at the error
	ErrLost                 // the iteration error was looked at, and another one, nil, returned
	CommitLost              // the error of Commit is dropped
	CommitAfter             // a deferred function commits although the function fails
	OnlyRead                // no Close: released only by reading to the end (strict)
)

// A Fault is one thing wrong with a resource.
type Fault struct {
	Sort  Sort
	Kind  catalog.Kind
	Pos   token.Pos // of the acquire call, or of the use at fault
	End   token.Pos
	Name  string    // of the variable, or ""
	Call  string    // the acquiring call, such as (*sql.DB).QueryContext
	Exit  token.Pos // where the path leaves, or NoPos
	Path  []Step    // from the acquire to the exit
	Fixes []analysis.SuggestedFix
	// Release names the usual ways to release, such as "Commit or Rollback".
	Release string
	// Wrapper is the name of the type that carries the resource, or "".
	Wrapper string

	ob      *obligation
	block   *ssa.BasicBlock // where the path leaves
	spawned bool            // a goroutine has taken the resource over
	lent    bool
	kept    bool
	looped  bool
	inTx    bool // thrown away in a transaction, which goes on

	withError bool // returned, beside an error behind which no caller looks
}

// A Step is a place on the path of a Fault.
type Step struct {
	Pos, End token.Pos // End may be NoPos
	Message  string
}

// Failures returns what the driver has to tell: the functions that the engine could not
// analyze.
func (r *Result) Failures() []string { return r.Notes }
