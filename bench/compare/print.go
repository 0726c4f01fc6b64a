package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// printClasses writes how many defects of each class every contender finds before the
// fix, and how many of these it no longer reports after it.
func printClasses(w io.Writer, results []result) {
	fmt.Fprint(w, "| class of defect | cases ")
	for _, c := range contenders {
		fmt.Fprintf(w, "| %s ", c.name)
	}
	fmt.Fprintln(w, "|\n|---|--:"+strings.Repeat("|:-:", len(contenders))+"|")
	for i := range len(classes) {
		class := fmt.Sprintf("R%d", i+1)
		printRow(w, classes[class], slices.DeleteFunc(slices.Clone(results), func(r result) bool { return r.Class != class }))
	}
	printRow(w, "**all**", results)
}

func printRow(w io.Writer, title string, results []result) {
	fmt.Fprintf(w, "| %s | %d ", title, len(results))
	for i := range contenders {
		found, silent := 0, 0
		for _, r := range results {
			if r.broken == nil && r.before[i] {
				found++
				if !r.after[i] {
					silent++
				}
			}
		}
		if found == 0 {
			fmt.Fprint(w, "| ")
			continue
		}
		fmt.Fprintf(w, "| %d, %d ", found, silent)
	}
	fmt.Fprintln(w, "|")
}

// printOpen writes the cases that connlint misses or still reports after the fix, and
// those that did not load.
func printOpen(w io.Writer, results []result) {
	fmt.Fprintln(w, "\n| case | connlint | others that find it |\n|---|---|---|")
	for _, r := range results {
		state := ""
		switch {
		case r.broken != nil:
			state = "does not load"
		case !r.before[0]:
			state = "missed"
		case r.after[0]:
			state = "still reported"
		default:
			continue
		}
		var others []string
		for i, c := range contenders[1:] {
			if r.broken == nil && r.before[i+1] {
				others = append(others, c.name)
			}
		}
		fmt.Fprintf(w, "| %s | %s | %s |\n", r.ID, state, strings.Join(others, ", "))
	}
}

// count writes how often each rule reports in whole modules. One that does not load is
// left out.
func (t *toolset) count(ctx context.Context, w io.Writer, modules []string) error {
	lines, loaded, by := 0, 0, map[string]int{}
	for _, m := range modules {
		dir, err := filepath.Abs(m)
		if err != nil {
			return err
		}
		fmt.Fprintln(os.Stderr, m)
		n, err := countLines(dir)
		if err != nil {
			return err
		}
		reports, err := t.run(ctx, dir, append(os.Environ(), "GOWORK=off"), "./...")
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			continue
		}
		loaded++
		lines += n
		for _, r := range reports {
			by[r.rule]++
		}
	}
	fmt.Fprintf(w, "\n%d lines in %d modules, without tests and generated files; reports include those in tests\n\n| rule | reports | per 100,000 lines |\n|---|--:|--:|\n", lines, loaded)
	for _, rule := range slices.Sorted(maps.Keys(by)) {
		fmt.Fprintf(w, "| %s | %d | %.1f |\n", rule, by[rule], float64(by[rule])*1e5/float64(max(lines, 1)))
	}
	return nil
}

// generated is how the go command knows files that nobody writes by hand.
var generated = regexp.MustCompile(`(?m)^// Code generated .* DO NOT EDIT\.$`)

// countLines counts the lines of the module that somebody wrote by hand, without tests.
func countLines(dir string) (int, error) {
	n := 0
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != dir:
			if _, err := os.Stat(filepath.Join(name, "go.mod")); err == nil || d.Name() == "vendor" || d.Name() == "node_modules" {
				return fs.SkipDir
			}
		case d.Type().IsRegular() && strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go"):
			data, err := os.ReadFile(name)
			if err != nil {
				return err
			}
			if !generated.Match(data) {
				n += bytes.Count(data, []byte("\n"))
			}
		}
		return nil
	})
	return n, err
}
