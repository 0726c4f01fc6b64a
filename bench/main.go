// Bench compares what connlint costs with what go vet costs on a checked-out
// repository, and prints the tables as ratios.
//
//	go run ./bench -dir CHECKOUT [-pairs 5] [-touch FILE]
//
// It must be run in connlint's own module. The repository is copied; its modules
// should be in the module cache (go mod download). The arms are
//
//	connlint        connlint ./...
//	empty vet tool  go vet with a tool that does nothing: the floor of all vet tools
//	sqlclosecheck   go vet with the established check for unclosed rows and statements
//	as vet tool     go vet -vettool=connlint
//	leak rules only connlint with the five rules about giving back
//
// in five states:
//
//	first run       the first one on this machine: only what is compiled is cached
//	cold            no result for this code; what is compiled and the types of dependencies are cached
//	empty GOCACHE   as in a new container: no cache of any kind
//	unchanged       the same run again
//	edited          the body of one function changed since the last run
//
// Arms take turns, so that other load on the machine meets all of them. CPU is user
// and system time of the whole process tree; a ratio is that of connlint to another
// arm in the same turn, the median of all turns with the extremes. Peak memory is
// that of the largest process.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
)

type config struct {
	dir     string
	sub     string
	pattern string
	touch   string
	pairs   int
	empty   int
	check   string
	gocache string
	arms    string
	edits   bool
}

func main() {
	var c config
	flag.StringVar(&c.dir, "dir", "", "the checked-out `repository`")
	flag.StringVar(&c.sub, "module", ".", "the module's `directory` in the repository")
	flag.StringVar(&c.pattern, "pattern", "./...", "the packages to analyze, separated by blanks")
	flag.StringVar(&c.touch, "touch", "", "the `file` to edit, relative to the module; chosen if empty")
	flag.IntVar(&c.pairs, "pairs", 5, "number of turns")
	flag.IntVar(&c.empty, "empty", 1, "number of turns with an empty GOCACHE, which compile everything; 0 leaves them out")
	flag.StringVar(&c.check, "sqlclosecheck", "v0.6.0", "the `version` of sqlclosecheck")
	flag.StringVar(&c.gocache, "gocache", "", "a `directory` with a compile cache to use and to fill; a new one if empty")
	flag.StringVar(&c.arms, "arms", "", "the `names` of the arms, separated by commas; all if empty")
	flag.BoolVar(&c.edits, "edits", true, "measure the run after an edit, for which go vet compiles what depends on it")
	flag.Parse()
	if c.dir == "" || flag.NArg() > 0 {
		flag.Usage()
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, c); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, c config) error {
	tmp, err := os.MkdirTemp("", "connlint-bench")
	if err != nil {
		return err
	}
	defer removeAll(tmp)
	fmt.Fprintln(os.Stderr, "copying the repository and building the tools")
	b := &bench{config: c, tmp: tmp, dir: filepath.Join(tmp, "repo", c.sub)}
	if err := copyTree(c.dir, filepath.Join(tmp, "repo")); err != nil {
		return err
	}
	if b.arms, err = buildArms(ctx, tmp, c.check); err != nil {
		return err
	}
	if b.arms, err = chosen(b.arms, c.arms); err != nil {
		return err
	}
	if b.edit, err = chooseEdit(ctx, b.dir, c.touch); err != nil {
		return err
	}
	if err := b.measure(ctx); err != nil {
		return err
	}
	b.print(os.Stdout)
	return nil
}
