package unit

import (
	"go/ast"
	"go/token"
	"net/url"

	"golang.org/x/tools/go/analysis"
)

// positions turns positions in a syntax tree into places in files.
type positions struct {
	fset      *token.FileSet
	generated map[*token.File]bool
	own       map[*token.File]*ast.File
}

func newPositions(fset *token.FileSet, files []*ast.File) *positions {
	p := &positions{fset: fset, generated: map[*token.File]bool{}, own: map[*token.File]*ast.File{}}
	for _, f := range files {
		tf := fset.File(f.FileStart)
		p.own[tf] = f
		p.generated[tf] = ast.IsGenerated(f)
	}
	return p
}

// position returns the place of pos, none if it is outside the unit: whether a
// dependency has positions depends on how it was loaded, and its lines may have
// moved since.
func (p *positions) position(pos token.Pos) Position {
	if !pos.IsValid() {
		return Position{}
	}
	tf := p.fset.File(pos)
	if tf == nil || p.own[tf] == nil {
		return Position{}
	}
	at := tf.PositionFor(pos, true)
	out := Position{File: at.Filename, Line: at.Line, Col: at.Column}
	if at.Filename == tf.Name() {
		out.Offset = at.Offset
	} // else the offset is of another file than the line
	return out
}

func (p *positions) diagnostic(a *analysis.Analyzer, pkgPath string, d analysis.Diagnostic) Diagnostic {
	out := Diagnostic{
		Analyzer: a.Name,
		Category: d.Category,
		Message:  d.Message,
		URL:      resolveURL(a, d),
		Pos:      p.position(d.Pos),
		End:      p.position(d.End),
		PkgPath:  pkgPath,
	}
	if d.Pos.IsValid() {
		out.Generated = p.generated[p.fset.File(d.Pos)]
	}
	for _, rel := range d.Related {
		out.Related = append(out.Related, Related{Pos: p.position(rel.Pos), End: p.position(rel.End), Message: rel.Message})
	}
	for _, fix := range d.SuggestedFixes {
		if f, ok := p.fix(fix); ok {
			out.Fixes = append(out.Fixes, f)
		}
	}
	return out
}

// fix returns the edits of a fix, unless one of them is outside the files that the
// user wrote: generated from a cgo file, for one.
func (p *positions) fix(fix analysis.SuggestedFix) (Fix, bool) {
	out := Fix{Message: fix.Message}
	for _, e := range fix.TextEdits {
		end := e.End
		if !end.IsValid() {
			end = e.Pos
		}
		if !e.Pos.IsValid() || end < e.Pos {
			return out, false
		}
		tf := p.fset.File(e.Pos)
		if tf == nil || p.own[tf] == nil || tf.PositionFor(e.Pos, true).Filename != tf.Name() || int(end) > tf.Base()+tf.Size() {
			return out, false
		}
		out.Edits = append(out.Edits, Edit{File: tf.Name(), Start: tf.Offset(e.Pos), End: tf.Offset(end), NewText: string(e.NewText)})
	}
	return out, len(out.Edits) > 0
}

// resolveURL returns the documentation of a diagnostic: its own, or that of its
// category on the analyzer's page, or that page.
func resolveURL(a *analysis.Analyzer, d analysis.Diagnostic) string {
	ref := d.URL
	if ref == "" && d.Category != "" && a.URL != "" {
		ref = "#" + d.Category
	}
	base, err := url.Parse(a.URL)
	if err != nil {
		return ref
	}
	u, err := base.Parse(ref)
	if err != nil {
		return a.URL
	}
	return u.String()
}
