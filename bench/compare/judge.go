package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
)

// classes names the classes of defects.
var classes = map[string]string{
	"R1":  "rows not closed on some path",
	"R2":  "prepared statement not closed",
	"R3":  "connection not given back",
	"R4":  "transaction neither committed nor rolled back",
	"R5":  "pool or connection opened for every call, or opened and dropped",
	"R6":  "rows of a query thrown away",
	"R7":  "iteration error not looked at",
	"R8":  "pool without limits",
	"R9":  "wait without a deadline, or for a second connection while holding one",
	"R10": "connection error not survived",
}

// A contender is a tool with the rules that find a class of defects.
type contender struct {
	name  string
	rules map[string][]string
}

var contenders = []contender{
	{"connlint", map[string][]string{
		"R1": {"rowsclose"}, "R2": {"stmtclose"}, "R3": {"connclose"}, "R4": {"txdone"}, "R5": {"requestopen", "connclose"},
		"R6": {"rowsclose"}, "R7": {"rowserr"}, "R8": {"poollimits"}, "R9": {"poolwait", "pooldeadlock"}, "R10": {"connretry"},
	}},
	{"sqlclosecheck", map[string][]string{"R1": {"sqlclosecheck"}, "R2": {"sqlclosecheck"}, "R6": {"sqlclosecheck"}}},
	{"rowserrcheck", map[string][]string{"R7": {"rowserrcheck"}}},
	{"sqlrowserr", map[string][]string{"R7": {"sqlrowserr"}}},
	{"noctx", map[string][]string{"R9": {"noctx"}}},
	{"golangci-lint", everyClass(standardRules())},
}

// everyClass says that any report of the rules may mean any defect: they are not about
// connections, but one may stand where the defect is.
func everyClass(rules []string) map[string][]string {
	out := map[string][]string{}
	for class := range classes {
		out[class] = rules
	}
	return out
}

// A result says for each contender whether it reports the defect's class in the
// defect's function.
type result struct {
	*defect
	before, after []bool
	broken        error // a tree does not load
}

// judge runs the tools on the package of each defect, before and after its fix.
func (t *toolset) judge(ctx context.Context, f *forest, defects []*defect) ([]result, error) {
	var all []result
	for i, d := range defects {
		fmt.Fprintf(os.Stderr, "%d/%d %s\n", i+1, len(defects), d.ID)
		r := result{defect: d}
		r.before, r.broken = t.look(ctx, f, d, d.Parent)
		if r.broken == nil {
			r.after, r.broken = t.look(ctx, f, d, d.Fix)
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if r.broken != nil {
			fmt.Fprintln(os.Stderr, r.broken)
		}
		all = append(all, r)
	}
	return all, nil
}

// look says which contenders report the defect in the tree of a commit.
func (t *toolset) look(ctx context.Context, f *forest, d *defect, commit string) ([]bool, error) {
	tree, err := f.tree(ctx, d, commit)
	if err != nil {
		return nil, err
	}
	file := filepath.Join(tree.repo, filepath.FromSlash(d.File))
	first, last, err := funcLines(file, d.Func)
	if err != nil {
		return nil, err
	}
	module := filepath.Join(tree.repo, filepath.FromSlash(d.Module))
	rel, err := filepath.Rel(module, filepath.Join(tree.repo, filepath.FromSlash(d.Package)))
	if err != nil {
		return nil, err
	}
	reports, err := t.run(ctx, module, tree.env, "./"+filepath.ToSlash(rel))
	if err != nil {
		return nil, err
	}
	found := make([]bool, len(contenders))
	for i, c := range contenders {
		found[i] = slices.ContainsFunc(reports, func(r report) bool {
			return r.file == file && first <= r.line && r.line <= last && slices.Contains(c.rules[d.Class], r.rule)
		})
	}
	return found, nil
}
