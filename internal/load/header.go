package load

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"strings"

	"github.com/connlint/connlint/internal/load/diskcache"
)

// headerHash hashes what the go command reads of a Go file: build constraints,
// the package's name, imports and what is said to cgo. It is zero for a file that
// the go command will complain about.
func headerHash(src []byte) diskcache.Key {
	f, err := parser.ParseFile(token.NewFileSet(), "", src, parser.ImportsOnly|parser.ParseComments)
	if err != nil {
		return diskcache.Key{}
	}
	k := newKey("header", f.Name.Name)
	for _, group := range f.Comments {
		if group.Pos() > f.Package {
			break
		}
		for _, c := range group.List {
			if strings.HasPrefix(c.Text, "//go:") || strings.Contains(c.Text, "+build") {
				k.add(c.Text)
			}
		}
	}
	k.add("imports")
	for _, decl := range f.Decls {
		d, ok := decl.(*ast.GenDecl)
		if !ok {
			continue
		}
		for _, spec := range d.Specs {
			spec, ok := spec.(*ast.ImportSpec)
			if !ok {
				continue
			}
			k.add(spec.Path.Value)
			if spec.Path.Value == `"C"` {
				addComments(k, spec.Doc, d.Doc)
			}
		}
	}
	if bytes.Contains(src, []byte("//go:embed")) {
		k.add("embeds") // the go command reads these files to their end
		k.add(string(embeds(src)))
	}
	return k.sum()
}

// addComments adds comments as they are: CommentGroup.Text leaves directives out.
func addComments(k keyWriter, groups ...*ast.CommentGroup) {
	for _, g := range groups {
		if g == nil {
			continue
		}
		for _, c := range g.List {
			k.add(c.Text)
		}
	}
}

// embeds returns the lines with go:embed.
func embeds(src []byte) []byte {
	var out []byte
	for line := range bytes.Lines(src) {
		if bytes.Contains(line, []byte("//go:embed")) {
			out = append(out, line...)
		}
	}
	return out
}
