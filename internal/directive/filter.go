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
	Doc:  "list the comments that silence findings",
	URL:  "https://pkg.go.dev/github.com/connlint/connlint/internal/directive",
	Run:  run,
}

var list bool

func init() {
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
			if d.Silences(pass.Analyzer.Name, line) {
				return true
			}
		}
		return false
	}
	return false // reported outside the package, where no comment can be read
}
