package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"runtime/pprof"
	"time"

	"github.com/connlint/connlint/internal/load"
	"github.com/connlint/connlint/internal/load/toyanalyzer"
	"github.com/connlint/connlint/passes"
	"golang.org/x/tools/go/analysis"
)

func main() {
	var l load.Level
	flag.Var(&l, "cache", "")
	prof := flag.String("prof", "", "")
	tests := flag.Bool("tests", true, "")
	v := flag.Bool("v", false, "")
	toy := flag.Bool("toy", false, "")
	flag.Parse()
	as := passes.All
	if *toy {
		as = []*analysis.Analyzer{toyanalyzer.Analyzer}
	}
	load.TuneGC(os.Getenv)
	if *prof != "" {
		f, _ := os.Create(*prof)
		pprof.StartCPUProfile(f)
		defer pprof.StopCPUProfile()
	}
	t := time.Now()
	res, err := load.Run(context.Background(), load.Options{Patterns: flag.Args(), Tests: *tests, Cache: l, Analyzers: as, Warn: func(s string) { fmt.Fprintln(os.Stderr, "warn", s) }})
	if err != nil {
		fmt.Println("ERR", err)
		return
	}
	for _, d := range res.Diagnostics {
		if *v {
			fmt.Printf("%s:%d:%d: %s\n", d.Pos.File, d.Pos.Line, d.Pos.Col, d.Message)
		}
	}
	for _, e := range res.Errors {
		fmt.Println("error:", e)
	}
	for _, e := range res.Notes {
		fmt.Println("note:", e)
	}
	fmt.Fprintln(os.Stderr, "diags", len(res.Diagnostics), "pkgs", res.Packages, "units", res.Units, "analyzed", res.Analyzed, time.Since(t))
}
