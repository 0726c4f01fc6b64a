package catalog

import (
	"io/fs"
	"strings"
	"sync"
)

// DefaultReaches is Default().Reaches without parsing the rest of the catalog: go
// vet starts a tool once for every package, and most have no driver near.
func DefaultReaches(path string) bool { return defaultPackages()[path] }

var defaultPackages = sync.OnceValue(func() map[string]bool {
	out := map[string]bool{}
	names, err := fs.Glob(data, "data/*.txt")
	if err != nil {
		panic(err) // the pattern is well-formed
	}
	for _, name := range names {
		text, err := data.ReadFile(name)
		if err != nil {
			panic(err) // embedded
		}
		for line := range strings.Lines(string(text)) {
			if rest, ok := strings.CutPrefix(line, "package "); ok {
				if words := strings.Fields(rest); len(words) > 0 {
					out[words[0]] = true
				}
			}
		}
	}
	return out
})
