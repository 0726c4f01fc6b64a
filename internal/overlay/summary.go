package overlay

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// maxFrames is how much of a stack the text shows.
const maxFrames = 8

// writeText writes the summary: a heading for each test, a paragraph for each place.
func writeText(w io.Writer, leaks []Leak) {
	if len(leaks) == 0 {
		return
	}
	n := 0
	for _, l := range leaks {
		n += l.Count
	}
	fmt.Fprintf(w, "connlint test: %s not given back\n", plural(n, "connection"))
	heading := ""
	for _, l := range leaks {
		h := l.Package + ": " + l.Test
		if l.Test == "" {
			h = l.Package + ": a goroutine that is not a test's"
		}
		if h != heading {
			fmt.Fprintf(w, "\n%s\n", h)
			heading = h
		}
		writeLeak(w, l)
	}
}

func writeLeak(w io.Writer, l Leak) {
	times := ""
	if l.Count > 1 {
		times = fmt.Sprintf(" (%d times)", l.Count)
	}
	fmt.Fprintf(w, "    taken by %s%s, called from\n", l.API, times)
	for i, f := range l.Stack {
		if i == maxFrames {
			fmt.Fprintf(w, "        … %d more\n", len(l.Stack)-i)
			break
		}
		fmt.Fprintf(w, "        %-42s %s:%d\n", shortName(f.Function), relative(f.File), f.Line)
	}
	if l.Note != "" {
		fmt.Fprintf(w, "        note: %s\n", l.Note)
	}
}

// shortName drops the directory of a function's package.
func shortName(function string) string {
	name, created := strings.CutPrefix(function, createdBy)
	name = name[strings.LastIndexByte(name, '/')+1:]
	if created {
		return createdBy + name
	}
	return name
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// relative shortens a path that lies below the working directory.
func relative(file string) string {
	wd, err := os.Getwd()
	if err != nil {
		return file
	}
	if rel, err := filepath.Rel(wd, file); err == nil && filepath.IsLocal(rel) {
		return rel
	}
	return file
}

// writeJSON writes an object whose leaks are never null.
func writeJSON(name string, leaks []Leak) error {
	if leaks == nil {
		leaks = []Leak{}
	}
	text, err := json.MarshalIndent(struct {
		Leaks []Leak `json:"leaks"`
	}{leaks}, "", "\t")
	if err != nil {
		return err
	}
	return os.WriteFile(name, append(text, '\n'), 0o666)
}
