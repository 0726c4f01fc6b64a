package main

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

//go:embed peers.txt
var peersSource string

// peerModules are the versions that are compared with.
var peerModules = []string{
	"github.com/ryanrolds/sqlclosecheck@v0.6.0",
	"github.com/jingyugao/rowserrcheck@v1.1.1",
	"github.com/sonatard/noctx@v0.5.1",
	"golang.org/x/tools@v0.52.0",
}

// A toolset is what is compared: connlint, the peers in one tool for go vet, and
// golangci-lint.
type toolset struct {
	connlint string
	peers    string
	golangci string
	ran      map[string][]report // by directory and package pattern
}

// buildTools builds connlint, and the peers in a module of their own.
func buildTools(ctx context.Context, dir string) (*toolset, error) {
	src := filepath.Join(dir, "src")
	t := &toolset{connlint: filepath.Join(dir, "connlint"), peers: filepath.Join(dir, "peers"), ran: map[string][]report{}}
	if err := writeFile(filepath.Join(src, "main.go"), []byte(peersSource)); err != nil {
		return nil, err
	}
	if err := writeFile(filepath.Join(src, "go.mod"), []byte("module peers\n")); err != nil {
		return nil, err
	}
	for _, c := range []struct {
		dir  string
		args []string
	}{
		{"", []string{"build", "-o", t.connlint, "github.com/connlint/connlint/cmd/connlint"}},
		{src, append([]string{"get"}, peerModules...)},
		{src, []string{"build", "-o", t.peers, "."}},
	} {
		cmd := exec.CommandContext(ctx, "go", c.args...)
		cmd.Dir = c.dir
		if c.dir != "" {
			cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOWORK=off")
		}
		if out, err := cmd.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("go %s: %v\n%s", strings.Join(c.args, " "), err, out)
		}
	}
	var err error
	t.golangci, err = buildGolangci(ctx, dir)
	return t, err
}

// A report is a line that a tool printed.
type report struct {
	file string // as printed, absolute
	line int
	rule string
}

var (
	reportLine = regexp.MustCompile(`(?m)^(?:vet: )?([^\s:][^:\n]*\.go):(\d+):(?:\d+:)? .*\(([a-z]+)\)$`)
	notLoaded  = regexp.MustCompile(`(?m)could not import|cannot find (module|package)|no required module|undefined: |build constraints exclude|missing go\.sum|typecheck|is not in (std|GOROOT)|updates to go\.mod|internal error|panic:|errors parsing go\.mod|no matching versions|cannot load `)
)

// run returns what all tools report on the packages of a module.
func (t *toolset) run(ctx context.Context, dir string, env []string, pattern string) ([]report, error) {
	key := dir + "\n" + pattern
	if r, ok := t.ran[key]; ok {
		return r, nil
	}
	var all []report
	for _, args := range [][]string{
		{t.connlint, "-format=plain", pattern},
		{"go", "vet", "-vettool=" + t.peers, pattern},
	} {
		cmd := exec.CommandContext(ctx, args[0], args[1:]...)
		cmd.Dir = dir
		cmd.Env = env
		out, err := cmd.CombinedOutput()
		var exit *exec.ExitError
		if err != nil && !errors.As(err, &exit) {
			return nil, err
		}
		found := parse(dir, out)
		// findings are status 1 for both; 2 from go vet is a tool's findings, too
		if err != nil && (len(found) == 0 || notLoaded.Match(out)) {
			return nil, fmt.Errorf("%s %s in %s: %v\n%s", filepath.Base(args[0]), pattern, dir, err, bytes.TrimSpace(out))
		}
		all = append(all, found...)
	}
	found, err := t.runGolangci(ctx, dir, env, pattern)
	if err != nil {
		fmt.Fprintln(os.Stderr, err) // where it cannot load, the others may
	}
	all = append(all, found...)
	t.ran[key] = all
	return all, nil
}

// parse returns the reports in a tool's output, each once: go vet prints those of a
// package again for its test variant.
func parse(dir string, out []byte) []report {
	var all []report
	seen := map[string]bool{}
	for _, m := range reportLine.FindAllStringSubmatch(string(out), -1) {
		if seen[m[0]] {
			continue
		}
		seen[m[0]] = true
		file := filepath.FromSlash(m[1])
		if !filepath.IsAbs(file) {
			file = filepath.Join(dir, file)
		}
		line, err := strconv.Atoi(m[2])
		if err != nil {
			continue
		}
		all = append(all, report{file, line, m[3]})
	}
	return all
}
