package lifecycle

import (
	"go/token"
	"go/types"

	"golang.org/x/tools/go/ssa"
)

// A symbol stands for a value that the program text does not name: the resource
// being followed, any nil, any non-nil value, the result of a question asked of the
// resource.
type symbol struct {
	name string
	typ  types.Type
	sort symbolSort
	of   ssa.Value // what an isError symbol is about
}

type symbolSort int

const (
	resourceSym symbolSort = iota // the resource followed
	nilSym                        // a nil of any type, or the zero value of a cell
	nonNilSym                     // a value known not to be nil
	unknownSym                    // a value nothing is known about
	nextSym                       // the result of Next: false means exhausted
	setsSym                       // the result of going on to the next result set after the end of one
	failureSym                    // an error that, if not nil, means that the resource has given its connection back
	iterErrSym                    // the error of an iteration that has ended
	sentinelSym                   // the value of a package-level error
	doneSym                       // a function that gives the resource back
	isErrorSym                    // the result of errors.Is: true means that of is not nil
	trueSym
	falseSym
)

func (s *symbol) Name() string                  { return s.name }
func (s *symbol) String() string                { return s.name }
func (s *symbol) Type() types.Type              { return s.typ }
func (s *symbol) Parent() *ssa.Function         { return nil }
func (s *symbol) Referrers() *[]ssa.Instruction { return nil }
func (s *symbol) Pos() token.Pos                { return token.NoPos }

var (
	anyNil     = &symbol{name: "nil", sort: nilSym, typ: types.Typ[types.UntypedNil]}
	anyNonNil  = &symbol{name: "non-nil", sort: nonNilSym, typ: types.Typ[types.UntypedNil]}
	anyUnknown = &symbol{name: "unknown", sort: unknownSym, typ: types.Typ[types.UntypedNil]}
	anyNext    = &symbol{name: "next", sort: nextSym, typ: types.Typ[types.Bool]}
	anyFailure = &symbol{name: "failure", sort: failureSym, typ: errorType}
	anySets    = &symbol{name: "next set", sort: setsSym, typ: types.Typ[types.Bool]}
	anyIterErr = &symbol{name: "iteration error", sort: iterErrSym, typ: errorType}
	anyDone    = &symbol{name: "done", sort: doneSym, typ: types.Typ[types.UntypedNil]}
	anyTrue    = &symbol{name: "true", sort: trueSym, typ: types.Typ[types.Bool]}
	anyFalse   = &symbol{name: "false", sort: falseSym, typ: types.Typ[types.Bool]}
)

func isSym(v ssa.Value, sort symbolSort) bool {
	s, ok := v.(*symbol)
	return ok && s.sort == sort
}

func boolSym(b bool) *symbol {
	if b {
		return anyTrue
	}
	return anyFalse
}
