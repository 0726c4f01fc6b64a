package session

import (
	"go/constant"
	"go/types"
	"strings"

	"golang.org/x/tools/go/ssa"

	"github.com/connlint/connlint/internal/calls"
)

// textEffects returns what the statement that a method is given does: that in its
// first parameter of type string. A statement that is prepared is taken to be run.
func textEffects(c *ssa.CallCommon) []effect {
	if sql, ok := statementOf(c); ok {
		return parse(sql)
	}
	return nil
}

func isString(t types.Type) bool {
	b, ok := t.Underlying().(*types.Basic)
	return ok && b.Kind() == types.String
}

// text returns the value of a string, with a hole for what is not constant.
func text(v ssa.Value, depth int) string {
	if depth > 20 {
		return hole
	}
	switch t := v.(type) {
	case *ssa.Const:
		if t.Value != nil && t.Value.Kind() == constant.String {
			return constant.StringVal(t.Value)
		}
	case *ssa.BinOp:
		return text(t.X, depth+1) + text(t.Y, depth+1)
	case *ssa.Call:
		if calls.Name(&t.Call) == "fmt.Sprintf" {
			return formatted(text(t.Call.Args[0], depth+1))
		}
	case *ssa.ChangeType:
		return text(t.X, depth+1)
	case *ssa.UnOp:
		if cell, ok := t.X.(*ssa.Alloc); ok {
			return stored(cell, depth)
		}
	}
	return hole
}

// stored returns what is in a variable that is assigned to once.
func stored(cell *ssa.Alloc, depth int) string {
	var val ssa.Value
	for _, ref := range *cell.Referrers() {
		switch t := ref.(type) {
		case *ssa.Store:
			if val != nil || t.Addr != cell {
				return hole
			}
			val = t.Val
		case *ssa.MakeClosure:
			return hole
		}
	}
	if val == nil {
		return hole
	}
	return text(val, depth+1)
}

// formatted returns a format with holes for its verbs.
func formatted(format string) string {
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(format, "%")
		b.WriteString(before)
		if !ok {
			return b.String()
		}
		n := strings.IndexFunc(rest, func(r rune) bool { return !strings.ContainsRune("+-# 0123456789.[]*", r) })
		if n < 0 {
			return b.String() + hole
		}
		if rest[n] == '%' {
			b.WriteByte('%')
		} else {
			b.WriteString(hole)
		}
		format = rest[n+1:]
	}
}
