package lifecycle

import (
	"go/types"
	"strings"

	"github.com/connlint/connlint/internal/catalog"
)

// ownAPI returns the kind of resource that an interface method makes, going by its name
// and what can be done with its result; "" if none. That is how programs put an interface
// of their own before a driver:
//
//	Begin() (Tx, error)
//	Query(ctx context.Context, sql string, args ...any) (Rows, error)
//
// Rows of a driver itself belong to whoever is given them, whatever the method is called.
func (e *engine) ownAPI(name string, sig *types.Signature) catalog.Kind {
	if sig.Results().Len() != 2 || !isError(sig.Results().At(1).Type()) {
		return ""
	}
	t := sig.Results().At(0).Type()
	if kind, ok := e.cat.KindOf(t); ok {
		if kind == catalog.Rows || kind == catalog.Tx && beginsByName(name) {
			return kind
		}
		return ""
	}
	can := func(names ...string) bool {
		for _, n := range names {
			if !hasMethod(t, n) {
				return false
			}
		}
		return true
	}
	switch {
	case beginsByName(name) && can("Commit", "Rollback"):
		return catalog.Tx
	case types.IsInterface(t) && strings.HasPrefix(name, "Query") && can("Scan", "Close") && nextTells(t):
		return catalog.Rows
	}
	return ""
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
