package retry

import (
	"go/token"
	"go/types"
	"regexp"
	"strings"

	"golang.org/x/tools/go/ssa"

	"github.com/connlint/connlint/internal/calls"
)

var pauseName = regexp.MustCompile(`(?i)sleep|wait|pause|backoff|delay|tick`)

// additive reports whether doing a statement twice is not doing it once.
func additive(sql string) bool {
	s := strings.ToUpper(strings.Join(strings.Fields(sql), " "))
	if strings.HasPrefix(s, "INSERT") {
		return !strings.Contains(s, "ON CONFLICT") && !strings.Contains(s, "ON DUPLICATE") && !strings.Contains(s, "INSERT IGNORE")
	}
	return strings.HasPrefix(s, "UPDATE") && counter.MatchString(s)
}

// counter matches SET n = n + 1.
var counter = regexp.MustCompile(`\b(\w+) ?= ?(\w+) ?[+-]`)

// texts are what drivers and the network say of a lost connection, in lower case.
var texts = []string{
	"connection refused", "connection reset", "broken pipe", "bad connection", "invalid connection",
	"conn closed", "connection is closed", "closed the connection", "too many connections",
	"too many clients", "connection timed out", "unexpected eof", "conn busy", "server has gone away",
}

// sentinels are the errors of lost connections that come wrapped.
var sentinels = map[string]string{
	"database/sql/driver.ErrBadConn":                "driver.ErrBadConn",
	"database/sql.ErrConnDone":                      "sql.ErrConnDone",
	"github.com/go-sql-driver/mysql.ErrInvalidConn": "mysql.ErrInvalidConn",
}

// matches reports where a lost connection is recognised by the text of the error, or
// by comparing with an error that comes wrapped.
func (e *engine) matches(fn *ssa.Function) {
	if e.isDriver {
		return // a driver's own errors are not wrapped yet
	}
	for _, b := range fn.Blocks {
		for _, instr := range b.Instrs {
			switch instr := instr.(type) {
			case *ssa.Call:
				if text := matchedText(&instr.Call); text != "" {
					e.report(&Fault{Category: Match, Pos: instr.Pos(), End: instr.Pos(), What: text})
				}
			case *ssa.BinOp:
				if name := comparedSentinel(instr); name != "" {
					e.report(&Fault{Category: Match, Pos: instr.Pos(), End: instr.Pos(), What: name})
				}
			}
		}
	}
}

// matchedText returns the text of a lost connection that err.Error() is searched for,
// or "".
func matchedText(c *ssa.CallCommon) string {
	switch calls.Name(c) {
	case "strings.Contains", "strings.HasSuffix", "strings.HasPrefix":
	default:
		return ""
	}
	s := strings.ToLower(constString(c.Args[1]))
	if !fromError(c.Args[0], 4) || s == "" {
		return ""
	}
	for _, t := range texts {
		if strings.Contains(s, t) {
			return constString(c.Args[1])
		}
	}
	return ""
}

// fromError reports whether v is what Error of an error returned, in lower case
// perhaps.
func fromError(v ssa.Value, depth int) bool {
	call, ok := v.(*ssa.Call)
	if !ok || depth == 0 {
		return false
	}
	name := calls.Name(&call.Call)
	switch {
	case name == "(error).Error":
		return true
	case strings.HasPrefix(name, "strings.") && len(call.Call.Args) > 0:
		return fromError(call.Call.Args[0], depth-1)
	}
	return false
}

// comparedSentinel returns the error that b compares an error with, or "".
func comparedSentinel(b *ssa.BinOp) string {
	if b.Op != token.EQL && b.Op != token.NEQ {
		return ""
	}
	for _, v := range []ssa.Value{b.X, b.Y} {
		if load, ok := v.(*ssa.UnOp); ok {
			if g, ok := load.X.(*ssa.Global); ok && g.Pkg != nil {
				if name := sentinels[g.Pkg.Pkg.Path()+"."+g.Name()]; name != "" {
					return name
				}
			}
		}
	}
	return ""
}

// isDriver reports whether a package declares what database/sql/driver asks for.
func isDriver(pkg *types.Package) bool {
	for _, imp := range pkg.Imports() {
		if imp.Path() != "database/sql/driver" {
			continue
		}
		for _, name := range pkg.Scope().Names() {
			name = strings.ToLower(name)
			if strings.HasSuffix(name, "driver") || strings.HasSuffix(name, "connector") {
				return true
			}
		}
	}
	return false
}
