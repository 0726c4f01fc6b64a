// Compare runs connlint and its peers on real defects that were fixed upstream, and
// prints what each finds before the fix and still reports after it.
//
//	go run ./bench/compare -cases FILE -mirror DIR [-dir DIR] [-only REGEXP] [MODULE ...]
//
// It must be run in connlint's own module. FILE is a JSON array of cases: see type
// defect. DIR holds the repositories with their history, each as a bare git directory
// OWNER+NAME/repo or OWNER/NAME.git. The trees before and after each fix are laid out
// in -dir, and are there for the next run. The peers come from the module proxy.
//
// The directories of modules that follow are analyzed as a whole, and the reports of
// each tool are counted; whether they are true is for a reader to say. A module that
// does not load is named on stderr and left out.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
)

func main() {
	cases := flag.String("cases", "", "the JSON `file` of defects")
	mirror := flag.String("mirror", "", "the `directory` of the repositories")
	dir := flag.String("dir", filepath.Join(os.TempDir(), "connlint-compare"), "the `directory` for tools and trees")
	only := flag.String("only", "", "only the cases whose id matches the `regexp`")
	flag.Parse()
	if (*cases == "" || *mirror == "") && flag.NArg() == 0 {
		flag.Usage()
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *cases, *mirror, *dir, *only, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "compare:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, cases, mirror, dir, only string, modules []string) error {
	match, err := regexp.Compile(only)
	if err != nil {
		return fmt.Errorf("-only: %v", err)
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return err
	}
	fmt.Fprintln(os.Stderr, "building the tools")
	tools, err := buildTools(ctx, filepath.Join(dir, "tools"))
	if err != nil {
		return err
	}
	if cases != "" {
		defects, err := readDefects(cases, match)
		if err != nil {
			return err
		}
		results, err := tools.judge(ctx, &forest{dir: dir, mirror: mirror, defects: defects}, defects)
		if err != nil {
			return err
		}
		printClasses(os.Stdout, results)
		printOpen(os.Stdout, results)
	}
	if len(modules) > 0 {
		return tools.count(ctx, os.Stdout, modules)
	}
	return nil
}
