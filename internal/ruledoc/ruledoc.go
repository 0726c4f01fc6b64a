// Package ruledoc makes the Doc of a rule out of the package comment in its doc.go,
// so that go doc, the command's help and the generated pages say the same.
package ruledoc

import (
	"go/parser"
	"go/token"
	"strings"
)

// Extract returns the package comment of source, the text of a doc.go that begins
// "Package NAME finds …", with that beginning turned into "NAME: finds …" as go vet
// prints it. It panics if the source has none: doc.go is embedded, and tested.
func Extract(source string) string {
	f, err := parser.ParseFile(token.NewFileSet(), "doc.go", source, parser.ParseComments|parser.PackageClauseOnly)
	if err != nil {
		panic(err)
	}
	text, ok := strings.CutPrefix(f.Doc.Text(), "Package "+f.Name.Name+" ")
	if !ok {
		panic("doc.go: the comment does not begin with Package " + f.Name.Name)
	}
	return f.Name.Name + ": " + strings.TrimSpace(text)
}
