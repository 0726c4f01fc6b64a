package main

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// An arm is one way to check the repository.
type arm struct {
	name string
	tool string // the program as it was built
	vet  bool   // run by go vet
	args []string

	current string // a copy whose identity no cache knows
}

const (
	connlintArm  = "connlint"
	emptyArm     = "empty vet tool"
	peerArm      = "sqlclosecheck"
	vetArm       = "as vet tool"
	leaksArm     = "leak rules only"
	peerPath     = "github.com/ryanrolds/sqlclosecheck"
	connlintPath = "github.com/connlint/connlint/cmd/connlint"
	emptyPath    = "github.com/connlint/connlint/bench/emptyvet"
)

// buildArms builds the tools in dir. The established check comes from the module
// proxy, into a module of its own.
func buildArms(ctx context.Context, dir, version string) ([]*arm, error) {
	bin := func(name string) string { return filepath.Join(dir, "bin", name) }
	if err := goRun(ctx, "", "build", "-o", bin("connlint"), connlintPath); err != nil {
		return nil, err
	}
	if err := goRun(ctx, "", "build", "-o", bin("emptyvet"), emptyPath); err != nil {
		return nil, err
	}
	peer := filepath.Join(dir, "peer")
	if err := os.MkdirAll(peer, 0o777); err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(peer, "go.mod"), []byte("module peer\n"), 0o666); err != nil {
		return nil, err
	}
	for _, args := range [][]string{
		{"get", peerPath + "@" + version},
		{"build", "-o", bin("sqlclosecheck"), peerPath},
	} {
		if err := goRun(ctx, peer, args...); err != nil {
			return nil, err
		}
	}
	return []*arm{
		{name: connlintArm, tool: bin("connlint")},
		{name: emptyArm, tool: bin("emptyvet"), vet: true},
		{name: peerArm, tool: bin("sqlclosecheck"), vet: true},
		{name: vetArm, tool: bin("connlint"), vet: true},
		{name: leaksArm, tool: bin("connlint"), args: leakRules},
	}, nil
}

// leakRules are the flags for the rules that look for what is not given back. What the
// other rules add to them is measured.
var leakRules = []string{"-rowsclose", "-stmtclose", "-connclose", "-txdone", "-rowserr"}

// chosen returns the arms with these names, separated by commas; all if there is none.
func chosen(arms []*arm, names string) ([]*arm, error) {
	if names == "" {
		return arms, nil
	}
	var out []*arm
	for _, name := range strings.Split(names, ",") {
		i := slices.IndexFunc(arms, func(a *arm) bool { return a.name == name })
		if i < 0 {
			return nil, fmt.Errorf("there is no arm %q", name)
		}
		out = append(out, arms[i])
	}
	return out, nil
}

func goRun(ctx context.Context, dir string, args ...string) error {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = dir
	if dir != "" {
		cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOWORK=off")
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("go %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return nil
}

// renew gives the arm a program with another identity: bytes behind the end of an
// executable change its hash and nothing else. Results of before are no longer
// found, in the go command's cache or in ours.
func (a *arm) renew(dir string, n int) error {
	name := filepath.Join(dir, strings.ReplaceAll(a.name, " ", "-"), filepath.Base(a.tool))
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		return err
	}
	if err := os.Remove(name); err != nil && !os.IsNotExist(err) {
		return err
	}
	a.current = name
	return copyFile(a.tool, name, fmt.Sprintf("\n%s %d", a.name, n), 0o777)
}

// copyFile copies a file and appends tail. It does not hold the content: what this
// process had in memory counts as its children's peak.
func copyFile(from, to, tail string, mode os.FileMode) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, mode)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	if err == nil {
		_, err = io.WriteString(out, tail)
	}
	if cerr := out.Close(); err == nil {
		err = cerr
	}
	return err
}

// command returns the arguments that run the arm.
func (a *arm) command(patterns []string) []string {
	if a.vet {
		return append([]string{"go", "vet", "-vettool=" + a.current}, patterns...)
	}
	return slices.Concat([]string{a.current}, a.args, patterns)
}

// copyTree copies a repository without its history. Links are copied as links.
func copyTree(from, to string) error {
	return filepath.WalkDir(from, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, name)
		if err != nil {
			return err
		}
		target := filepath.Join(to, rel)
		switch {
		case d.IsDir() && (d.Name() == ".git" || d.Name() == "node_modules"):
			return fs.SkipDir
		case d.IsDir():
			return os.MkdirAll(target, 0o777)
		case d.Type()&fs.ModeSymlink != 0:
			link, err := os.Readlink(name)
			if err != nil {
				return err
			}
			return os.Symlink(link, target)
		case !d.Type().IsRegular():
			return nil
		}
		return copyFile(name, target, "", 0o666)
	})
}

// removeAll removes a directory in which the go command has made files read-only.
func removeAll(dir string) {
	filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			os.Chmod(name, 0o777) // what cannot be changed is left behind
		}
		return nil
	})
	if err := os.RemoveAll(dir); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
	}
}
