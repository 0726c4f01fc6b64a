// Package data is the text of the catalog, one file a driver, without anything that
// reads it: go vet starts a tool once for every package, and for most of them the
// names of the drivers are all that has to be known.
package data

import (
	"embed"
	"strings"
	"sync"
)

// Files are the files of the catalog, all in one directory.
//
//go:embed *.txt
var Files embed.FS

// Reaches reports whether importing the package makes the importer relevant, as far
// as the built-in catalog says.
func Reaches(path string) bool { return packages()[path] }

var packages = sync.OnceValue(func() map[string]bool {
	out := map[string]bool{}
	entries, err := Files.ReadDir(".")
	if err != nil {
		panic(err) // embedded
	}
	for _, e := range entries {
		text, err := Files.ReadFile(e.Name())
		if err != nil {
			panic(err) // embedded
		}
		for _, path := range packageLines(string(text)) {
			out[path] = true
		}
	}
	return out
})

// packageLines returns the packages of the package lines in text.
func packageLines(text string) []string {
	const verb = "\npackage "
	var out []string
	for text = "\n" + text; ; {
		_, rest, ok := strings.Cut(text, verb)
		if !ok {
			return out
		}
		end := strings.IndexByte(rest+"\n", '\n')
		if words := strings.Fields(rest[:end]); len(words) > 0 {
			out = append(out, words[0])
		}
		text = rest[end:]
	}
}
