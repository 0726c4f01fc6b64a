package directive

import (
	"encoding/json"
	"fmt"
	"go/ast"

	"golang.org/x/tools/go/analysis"
)

// Name is the name of Analyzer, and the rule under which a command reports faulty
// and unused directives.
const Name = "directive"

// Analyzer lists the directives of a package, each as a diagnostic whose message
// is read by Parse. It is no rule and not part of the suite: a command that wants
// to know what was silenced, and which directives silence nothing, runs it beside
// the rules with the flag -list set, and then filters their diagnostics itself.
var Analyzer = &analysis.Analyzer{
	Name: Name,
	Doc:  doc,
	URL:  "https://pkg.go.dev/github.com/connlint/connlint/internal/directive",
	Run:  run,
}

const doc = `report connlint directives that are faulty or silence nothing

A directive that no longer silences anything hides the next fault on its line,
and one with a misspelt rule or without a reason silences nothing. This is
reported by the connlint command only; other drivers just apply the directives.

# Wrong

	//connlint:ignore rowsclose
	rows, err := db.Query(q)

	//connlint:ignore rowclose the caller closes it
	rows, err := db.Query(q)

# Right

	rows, err := db.Query(q) //nolint:rowsclose // the caller closes it

	//connlint:ignore rowsclose the caller closes it
	rows, err := db.Query(q)

	//connlint:file-ignore connlint examples of what not to do

A directive on a line of its own reaches over the statement or declaration below
it. The name connlint stands for all rules.

# Limits

A bare //nolint and the names of other linters are left to golangci-lint. A
directive counts as unused only if every rule that it names ran. Files that can
reach no database are not read at all.

# Silencing

Remove the directive, or switch this off with -disable=directive.
`

var list, generated bool

func init() {
	Analyzer.Flags.BoolVar(&generated, "generated", false, "report generated files, too")
	Analyzer.Flags.BoolVar(&list, "list", false, "list the directives, and do not apply them")
}

func run(pass *analysis.Pass) (any, error) {
	if !list {
		return nil, nil
	}
	for _, file := range pass.Files {
		for _, d := range Of(pass.Fset, file) {
			text, err := json.Marshal(d)
			if err != nil {
				return nil, fmt.Errorf("directive at %s:%d: %v", d.File, d.Line, err)
			}
			pass.Report(analysis.Diagnostic{Pos: file.FileStart, Message: string(text)})
		}
	}
	return nil, nil
}

// Parse reads the message of a diagnostic of Analyzer.
func Parse(message string) (*Directive, error) {
	d := new(Directive)
	if err := json.Unmarshal([]byte(message), d); err != nil {
		return nil, fmt.Errorf("directive: %v", err)
	}
	return d, nil
}

// Filter returns what a rule reports through instead of pass.Report: diagnostics
// that a directive of their file silences are dropped, and those in generated
// files. Comments are read only when there is something to report. With -list of
// Analyzer set nothing is dropped.
func Filter(pass *analysis.Pass) func(analysis.Diagnostic) {
	read := map[*ast.File][]*Directive{}
	return func(d analysis.Diagnostic) {
		if !list && silenced(pass, read, d) {
			return
		}
		pass.Report(d)
	}
}

func silenced(pass *analysis.Pass, read map[*ast.File][]*Directive, diag analysis.Diagnostic) bool {
	for _, file := range pass.Files {
		if diag.Pos < file.FileStart || diag.Pos > file.FileEnd {
			continue
		}
		directives, ok := read[file]
		if !ok {
			directives = Of(pass.Fset, file)
			read[file] = directives
		}
		line := pass.Fset.Position(diag.Pos).Line
		for _, d := range directives {
			if d.Silences(pass.Analyzer.Name, line) && !(generated && d.Form == Generated) {
				return true
			}
		}
		return false
	}
	return false // reported outside the package, where no comment can be read
}
