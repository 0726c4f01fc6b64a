package poolbudget_test

import (
	"path/filepath"
	"testing"

	"golang.org/x/tools/go/analysis/analysistest"

	"github.com/connlint/connlint/passes/poolbudget"
)

// figures are the configuration of the specimens: each is a workload against the same
// server, beside an ETL job of 5 connections.
const figures = `{max-connections: 100, workloads: [
	{name: over, replicas: 20},
	{name: within, replicas: 20},
	{name: opened, replicas: 3},
	{name: stated, replicas: 10, pools: {db: 10}},
	{name: pgx, replicas: 2},
	{name: oneserver, pools: {replica: 0}},
	{name: etl, connections: 5},
]}`

func Test(t *testing.T) {
	dir, err := filepath.Abs("../../testdata")
	if err != nil {
		t.Fatal(err)
	}
	flag := poolbudget.Analyzer.Flags.Lookup("figures").Value
	before := flag.String()
	t.Cleanup(func() { flag.Set(before) })
	if err := flag.Set(figures); err != nil {
		t.Fatal(err)
	}
	analysistest.Run(t, dir, poolbudget.Analyzer, "./poolbudget/...")
}

// Without figures nothing can be exceeded.
func TestNoFigures(t *testing.T) {
	dir, err := filepath.Abs("../../testdata")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range analysistest.Run(new(discard), dir, poolbudget.Analyzer, "./poolbudget/over", "./poolbudget/unlimited") {
		if len(r.Diagnostics) > 0 {
			t.Errorf("%s: %v", r.Pass.Pkg.Path(), r.Diagnostics)
		}
	}
}

// discard drops what analysistest says of missing diagnostics.
type discard struct{}

func (*discard) Errorf(string, ...any) {}
