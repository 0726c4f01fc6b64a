package lifecycle

import (
	"go/types"
	"slices"
	"strings"

	"github.com/connlint/connlint/internal/catalog"
)

// ownAPI returns the kind of resource that an interface method or a function value makes,
// going by its name and what can be done with its result; "" if none. That is how programs
// put an API of their own before a driver:
//
//	Begin() (Tx, error)
//	Query(ctx context.Context, sql string, args ...any) (Rows, error)
//
// Rows of a driver belong to whoever is given them, whatever the method is called. A
// transaction or connection that comes out of a method called otherwise is presumed to.
func (e *engine) ownAPI(name string, sig *types.Signature) (kind catalog.Kind, presumed bool) {
	if sig.Results().Len() != 2 || !isError(sig.Results().At(1).Type()) {
		return "", false
	}
	t := sig.Results().At(0).Type()
	switch kind, ok := e.cat.KindOf(t); {
	case !ok:
	case kind == catalog.Rows:
		return kind, false
	case (kind == catalog.Tx || kind == catalog.Conn) && !findsByName(name):
		return kind, kind == catalog.Conn || !beginsByName(name)
	default:
		return "", false
	}
	switch {
	case hasMethod(t, "Commit") && hasMethod(t, "Rollback") && !findsByName(name):
		return catalog.Tx, !beginsByName(name)
	case types.IsInterface(t) && strings.HasPrefix(name, "Query") && hasMethod(t, "Scan") && hasMethod(t, "Close") && nextTells(t):
		return catalog.Rows, false
	}
	return "", false
}

// findsByName reports whether a method is called like one that looks for something that
// is there: TxFromContext, CurrentTx, GetConn.
func findsByName(name string) bool {
	return strings.Contains(name, "From") || slices.ContainsFunc([]string{"Current", "Enlist", "Find", "Get", "Join", "Lookup", "get"},
		func(verb string) bool { return strings.HasPrefix(name, verb) })
}

// nextTells reports whether t has the method Next() bool, as rows have and what a driver
// gives to database/sql has not.
func nextTells(t types.Type) bool {
	obj, _, _ := types.LookupFieldOrMethod(t, true, nil, "Next")
	fn, ok := obj.(*types.Func)
	if !ok {
		return false
	}
	sig := fn.Signature()
	return sig.Params().Len() == 0 && sig.Results().Len() == 1 && isBoolType(sig.Results().At(0).Type())
}

// beginsByName reports whether a method that returns something like a transaction is
// called like one that begins it: Begin, BeginTx, NewTransaction.
func beginsByName(name string) bool {
	switch name {
	case "Begin", "BeginTx", "Beginx", "BeginTxx":
		return true
	}
	for _, verb := range []string{"Begin", "New", "Start", "Open"} {
		if rest, ok := strings.CutPrefix(name, verb); ok && (strings.HasSuffix(rest, "Transaction") || strings.HasSuffix(rest, "Tx")) {
			return true
		}
	}
	return false
}
