// Package testcode tells code that is there for tests from code that runs in production.
// What leaks in a test ends with it, and what comes back wrong the test sees: most rules
// leave it alone.
package testcode

import (
	"go/types"
	"regexp"
	"strings"

	"golang.org/x/tools/go/ssa"
)

// Has reports whether fn is there for tests: it stands in a test file, takes a
// testing.TB or the like, or belongs to a package that only tests use, to tell by its
// path.
func Has(fn *ssa.Function) bool {
	if pos := fn.Pos(); pos.IsValid() && strings.HasSuffix(fn.Prog.Fset.File(pos).Name(), "_test.go") {
		return true
	}
	for fn.Parent() != nil {
		if takesTesting(fn) {
			return true
		}
		fn = fn.Parent()
	}
	return takesTesting(fn) || fn.Pkg != nil && testPath(fn.Pkg.Pkg.Path())
}

// takesTesting reports whether a parameter of fn is of a type of package testing.
func takesTesting(fn *ssa.Function) bool {
	for _, p := range fn.Params {
		t := p.Type()
		if ptr, ok := t.(*types.Pointer); ok {
			t = ptr.Elem()
		}
		if named, ok := t.(*types.Named); ok && named.Obj().Pkg() != nil && named.Obj().Pkg().Path() == "testing" {
			return true
		}
	}
	return false
}

var (
	testElem = regexp.MustCompile(`^(tests?|testing|testutils?|testhelpers?|test_?data|e2e|integration_?tests?)$`)
	testName = regexp.MustCompile(`^test(db|data|env|kit|suite|support|harness|fixture|server|store|storage)|[_-]tests?$|testing$|(db|sql|pg|mysql|store|storage|suite|unit|integration|server|http|e2e)tests?$`)
)

// testPath reports whether an import path is that of a package for tests:
//
//	example.com/app/test/smoke/harness
//	example.com/app/internal/dbtest
func testPath(path string) bool {
	if !strings.Contains(path, "test") && !strings.Contains(path, "e2e") {
		return false // asked of every function; the expressions are slow
	}
	elems := strings.Split(path, "/")
	for _, e := range elems[1:] {
		if testElem.MatchString(e) {
			return true
		}
	}
	return len(elems) > 1 && testName.MatchString(elems[len(elems)-1])
}
