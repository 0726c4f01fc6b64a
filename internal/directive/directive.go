// Package directive reads the comments that silence a finding, and tells which
// findings they silence. It knows nothing of how a rule works, so that the same
// comments work under every driver: connlint, go vet, golangci-lint, nogo.
//
//	//nolint:rowsclose // reason            this line, or the statement or declaration below
//	//nolint:connlint // reason             all rules of connlint; //nolint and //nolint:all too
//	//connlint:ignore rowsclose reason      the same, with a reason that must be given
//	//connlint:file-ignore rowsclose reason the whole file
//
// A comment on a line of its own silences the whole statement or declaration that
// begins on the line below its comment group, above the package clause the file.
package directive

import (
	"go/ast"
	"go/token"
	"regexp"
	"slices"
	"strings"
)

// A Form is the way in which a directive is written.
type Form string

// The forms. Generated is not written by the user: it stands for the standard
// marker of generated files, which silences a file as file-ignore does.
const (
	Nolint     Form = "nolint"
	Ignore     Form = "ignore"
	FileIgnore Form = "file-ignore"
	Generated  Form = "generated"
)

// All is the name that stands for every rule in Rules.
const All = "connlint"

// A Directive is one such comment.
type Directive struct {
	Form   Form     `json:"form"`
	Rules  []string `json:"rules,omitempty"`  // as written; empty for a bare nolint
	Reason string   `json:"reason,omitempty"` // what stands behind the rules
	File   string   `json:"file"`             // as in the positions of the findings
	Line   int      `json:"line"`             // where the comment stands
	Column int      `json:"column"`           // in bytes
	End    int      `json:"end"`              // the column behind the comment
	// First and Last are the lines that it silences, Last inclusive.
	First int `json:"first"`
	Last  int `json:"last"`
}

// Fault says what is wrong with the directive itself, or returns "". A directive
// with a fault silences nothing. Known reports whether a rule of that name exists.
func (d *Directive) Fault(known func(rule string) bool) string {
	if d.Form != Ignore && d.Form != FileIgnore {
		return "" // the names in a nolint may be those of other linters
	}
	name := "//connlint:" + string(d.Form)
	if len(d.Rules) == 0 {
		return name + " names no rule; write " + name + " RULE reason"
	}
	for _, rule := range d.Rules {
		if rule != All && !known(rule) {
			return name + " names the unknown rule " + rule + "; see connlint rules"
		}
	}
	if d.Reason == "" {
		return name + " " + strings.Join(d.Rules, ",") + " gives no reason; write why behind the rule"
	}
	return ""
}

// Names reports whether the directive is about the rule.
func (d *Directive) Names(rule string) bool {
	switch d.Form {
	case Generated:
		return true
	case Nolint:
		return len(d.Rules) == 0 || slices.ContainsFunc(d.Rules, func(r string) bool {
			return r == rule || r == All || r == "all"
		})
	default:
		return d.Reason != "" && (slices.Contains(d.Rules, rule) || slices.Contains(d.Rules, All))
	}
}

// Silences reports whether a finding of the rule on that line of the directive's
// file is silenced.
func (d *Directive) Silences(rule string, line int) bool {
	return d.First <= line && line <= d.Last && d.Names(rule)
}

// parseComment reads one comment, without its lines.
func parseComment(text string) (*Directive, bool) {
	text, ok := strings.CutPrefix(text, "//")
	if !ok {
		return nil, false
	}
	if rest, ok := strings.CutPrefix(strings.TrimLeft(text, " "), "nolint"); ok {
		return parseNolint(rest)
	}
	rest, ok := strings.CutPrefix(text, "connlint:")
	if !ok {
		return nil, false
	}
	verb, rest, _ := strings.Cut(rest, " ")
	form := Form(verb)
	if form != Ignore && form != FileIgnore {
		return nil, false
	}
	rules, reason := cutRules(strings.TrimSpace(rest))
	return &Directive{Form: form, Rules: rules, Reason: strings.TrimSpace(strings.TrimPrefix(reason, "//"))}, true
}

// parseNolint reads what follows the word nolint. As in golangci-lint, the names
// are separated by commas, perhaps with spaces, and a further // begins the reason.
func parseNolint(rest string) (*Directive, bool) {
	names, reason, _ := strings.Cut(rest, "//")
	d := &Directive{Form: Nolint, Reason: strings.TrimSpace(reason)}
	list, ok := strings.CutPrefix(names, ":")
	if !ok {
		// "nolintlint" and prose that begins with the word are something else.
		return d, strings.TrimSpace(names) == ""
	}
	for _, name := range strings.Split(list, ",") {
		// What follows a space behind a name without a comma is a reason without //.
		if fields := strings.Fields(name); len(fields) > 0 {
			d.Rules = append(d.Rules, strings.ToLower(fields[0]))
		}
	}
	return d, len(d.Rules) > 0
}

// cutRules splits "a,b reason" and "a, b reason".
func cutRules(s string) (rules []string, reason string) {
	for {
		end := strings.IndexAny(s, ", \t")
		if end < 0 {
			end = len(s)
		}
		if name := s[:end]; name != "" && name != "//" {
			rules = append(rules, name)
		} else if name == "//" {
			return rules, s
		}
		s = strings.TrimLeft(s[end:], " \t")
		var comma bool
		if s, comma = strings.CutPrefix(s, ","); !comma {
			return rules, s
		}
		s = strings.TrimLeft(s, " \t")
	}
}

// Of returns the directives of a file, which must have been parsed with comments,
// in source order.
func Of(fset *token.FileSet, file *ast.File) []*Directive {
	var out []*Directive
	if isGenerated(file) {
		// The marker counts wherever it stands above the package clause.
		d := &Directive{Form: Generated, First: 1, Last: lastLine}
		d.place(fset.Position(file.FileStart))
		out = append(out, d)
	}
	var below map[int]int // computed when the first directive needs it
	for _, group := range file.Comments {
		for _, c := range group.List {
			d, ok := parseComment(c.Text)
			if !ok {
				continue
			}
			d.place(fset.Position(c.Pos()))
			d.End = d.Column + len(c.Text)
			d.First, d.Last = d.Line, d.Line
			if d.Form == FileIgnore {
				d.First, d.Last = 1, lastLine
			} else {
				if below == nil {
					below = nodeEnds(fset, file)
				}
				d.extend(fset, group, below)
			}
			out = append(out, d)
		}
	}
	return out
}

// generatedMarker is the standard marker, https://go.dev/s/generatedcode.
var generatedMarker = regexp.MustCompile(`^// Code generated .* DO NOT EDIT\.$`)

// isGenerated reports whether the marker stands above the package clause. Other
// than ast.IsGenerated it disregards that of cgo: such a file is the user's own,
// rewritten.
func isGenerated(file *ast.File) bool {
	for _, group := range file.Comments {
		for _, c := range group.List {
			if c.Pos() > file.Package {
				return false
			}
			if generatedMarker.MatchString(c.Text) && c.Text != "// Code generated by cmd/cgo; DO NOT EDIT." {
				return true
			}
		}
	}
	return false
}

// lastLine stands for the end of any file.
const lastLine = 1 << 30

func (d *Directive) place(pos token.Position) {
	d.File, d.Line, d.Column = pos.Filename, pos.Line, pos.Column
}

// extend lets a comment on a line of its own reach over the node below it.
func (d *Directive) extend(fset *token.FileSet, group *ast.CommentGroup, ends map[int]int) {
	if _, code := ends[d.Line]; code {
		return // behind code on the same line
	}
	next := fset.Position(group.End()).Line + 1
	if end, ok := ends[next]; ok {
		d.Last = max(d.Last, end)
	}
}

// nodeEnds maps each line on which a node begins to the last line of the
// outermost node whose first token is the first on that line.
func nodeEnds(fset *token.FileSet, file *ast.File) map[int]int {
	ends := map[int]int{}
	column := map[int]int{}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case nil, *ast.Comment, *ast.CommentGroup:
			return false
		case *ast.File:
			// Its Pos is the package clause: above it a directive is for the file.
			line := fset.Position(n.Package).Line
			ends[line], column[line] = lastLine, 1
			return true
		}
		pos := fset.Position(start(n))
		end := fset.Position(n.End()).Line
		if old, ok := column[pos.Line]; !ok || pos.Column < old {
			column[pos.Line], ends[pos.Line] = pos.Column, end
		} else if pos.Column == old {
			ends[pos.Line] = max(ends[pos.Line], end)
		}
		// A node's last line may begin with its closing bracket: code, too.
		if _, ok := ends[end]; !ok {
			ends[end] = end
			column[end] = lastLine
		}
		return true
	})
	return ends
}

// start returns where the code of a node begins: behind its doc comment.
func start(n ast.Node) token.Pos {
	switch n := n.(type) {
	case *ast.FuncDecl:
		return n.Type.Func
	case *ast.GenDecl:
		return n.TokPos
	case *ast.Field:
		if len(n.Names) > 0 {
			return n.Names[0].Pos()
		}
		return n.Type.Pos()
	case *ast.ImportSpec:
		if n.Name != nil {
			return n.Name.Pos()
		}
		return n.Path.Pos()
	case *ast.ValueSpec:
		return n.Names[0].Pos()
	case *ast.TypeSpec:
		return n.Name.Pos()
	}
	return n.Pos()
}
