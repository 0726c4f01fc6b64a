// Package overlay is "connlint test": go test, with a database/sql and a pgxpool that report every connection taken and given
// back, so that the tests of a program tell its leaks without a change to it.
//
// The replaced files are written to the user's cache directory under a name made of their content, so that go's build cache stays
// warm from run to run. A process under test writes what it sees to a file of its own in a directory made for the run; the
// files are read when go test has ended.
package overlay

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Exit codes besides those of go test.
const (
	exitLeaks = 1 // the tests pass, and something was left open
	exitUsage = 2 // go test could not be run
)

const usage = `usage: connlint test [-leakjson file] [go test flags] [packages]

Test runs go test with a database/sql and a pgxpool that record who takes a connection and who gives it back, and prints to
standard error, for each test, what it left open and who took it. Arguments, input and output are those of go test.

	-leakjson file
		write the leaks to a file as JSON too

The exit status is that of go test; it is 1 when the tests pass and something was left open.
`

// Run is the command: args are what follows "connlint test". It returns the exit status.
func Run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	inv, err := parse(args)
	if err != nil {
		fmt.Fprintf(stderr, "connlint test: %v\n", err)
		return exitUsage
	}
	if inv.help {
		fmt.Fprint(stdout, usage)
		return 0
	}
	status, leaks, err := inv.run(ctx, stdin, stdout, stderr)
	if err != nil {
		fmt.Fprintf(stderr, "connlint test: %v\n", err)
		return exitUsage
	}
	writeText(stderr, leaks)
	if inv.json != "" {
		if err := writeJSON(inv.json, leaks); err != nil {
			fmt.Fprintf(stderr, "connlint test: %v\n", err)
			return exitUsage
		}
	}
	if status == 0 && len(leaks) > 0 {
		return exitLeaks
	}
	return status
}

// An invocation is a command line taken apart.
type invocation struct {
	help    bool
	json    string   // -leakjson
	dir     []string // -C and its directory, which go wants first
	overlay string   // the user's own -overlay
	rest    []string
}

// parse takes out what is not go test's, up to -args.
func parse(args []string) (invocation, error) {
	var inv invocation
	for i := 0; i < len(args); i++ {
		a := args[i]
		if a == "-args" || a == "--args" {
			inv.rest = append(inv.rest, args[i:]...)
			break
		}
		name, value, hasValue := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(a, "-"), "-"), "=")
		if !strings.HasPrefix(a, "-") {
			name = ""
		}
		switch name {
		case "h", "help":
			inv.help = true
			return inv, nil
		case "leakjson", "overlay", "C":
			if !hasValue {
				if i++; i == len(args) {
					return inv, fmt.Errorf("flag needs an argument: -%s", name)
				}
				value = args[i]
			}
			switch name {
			case "leakjson":
				inv.json = value
			case "overlay":
				inv.overlay = value
			case "C":
				inv.dir = []string{"-C", value}
			}
		default:
			inv.rest = append(inv.rest, a)
		}
	}
	return inv, nil
}

func (inv invocation) run(ctx context.Context, stdin io.Reader, stdout, stderr io.Writer) (status int, leaks []Leak, err error) {
	flags, err := inv.prepare(ctx, stderr)
	if err != nil {
		return 0, nil, err
	}
	logs, err := os.MkdirTemp("", "connlint-test-")
	if err != nil {
		return 0, nil, err
	}
	defer os.RemoveAll(logs)
	args := slices.Concat([]string{"test"}, inv.dir, flags, inv.rest)
	cmd := goCommand(ctx, args...)
	cmd.Env = append(os.Environ(), "CONNLINT_OVERLAY_DIR="+logs)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = stdin, stdout, stderr
	err = cmd.Run()
	if exit := new(exec.ExitError); errors.As(err, &exit) {
		status, err = max(exit.ExitCode(), 1), nil // -1: ended by a signal
	}
	if err != nil {
		return 0, nil, err
	}
	leaks, err = readLogs(logs)
	return status, leaks, err
}

// goCommand is a run of go that an end of ctx interrupts as the user would, so that go can clean up.
func goCommand(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 10 * time.Second
	return cmd
}

// goOutput runs go for its output, one value a line.
func goOutput(ctx context.Context, args ...string) ([]string, error) {
	cmd := goCommand(ctx, args...)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go %s: %w\n%s", strings.Join(args, " "), err, stderr.String())
	}
	return strings.Split(strings.TrimRight(string(out), "\r\n"), "\n"), nil
}

// prepare writes the overlay and returns the flags of go test that use it. What cannot be watched it says on stderr.
func (inv invocation) prepare(ctx context.Context, stderr io.Writer) ([]string, error) {
	env, err := inv.environment(ctx)
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	var flags []string
	for _, t := range targets {
		dir := filepath.Join(env.root, "src", filepath.FromSlash(t.pkg))
		if t.module != "" {
			if dir = inv.moduleDir(ctx, t.pkg); dir == "" {
				continue // the program does not use it
			}
		}
		patched, err := t.patched(dir)
		if err != nil {
			return nil, err
		}
		if t.module != "" && within(env.modCache, dir) {
			// go refuses to replace files of the module cache: the module is replaced instead.
			if why := inv.fixedModules(env); why != "" {
				fmt.Fprintf(stderr, "connlint test: %s is not watched: %s\n", t.pkg, why)
				continue
			}
			modfile, err := env.replaceModule(ctx, t, dir, patched)
			if err != nil {
				return nil, err
			}
			flags = append(flags, modfile...)
			continue
		}
		maps.Copy(files, patched)
	}
	replace, err := inv.userOverlay()
	if err != nil {
		return nil, err
	}
	path, err := write(files, replace)
	return append(flags, "-overlay="+path), err
}

// moduleDir returns the directory of a package of the module under test, "" if there is none.
func (inv invocation) moduleDir(ctx context.Context, pkg string) string {
	args := slices.Concat([]string{"list"}, inv.dir, []string{"-e", "-f", "{{if not .Error}}{{.Dir}}{{end}}"}, inv.moduleFlags(), []string{pkg})
	out, err := goOutput(ctx, args...)
	if err != nil {
		return "" // go test will say what is wrong with the module
	}
	return out[0]
}

// moduleFlags are the flags that decide which version of a module is built.
func (inv invocation) moduleFlags() []string {
	var flags []string
	for i, a := range inv.rest {
		name := strings.TrimPrefix(strings.TrimPrefix(a, "-"), "-")
		switch {
		case strings.HasPrefix(a, "-") && (strings.HasPrefix(name, "mod=") || strings.HasPrefix(name, "modfile=")):
			flags = append(flags, a)
		case strings.HasPrefix(a, "-") && (name == "mod" || name == "modfile") && i+1 < len(inv.rest):
			flags = append(flags, a, inv.rest[i+1])
		}
	}
	return flags
}

// A description is the file that go build -overlay reads.
type description struct{ Replace map[string]string }

// userOverlay reads the replacements of the user's own -overlay.
func (inv invocation) userOverlay() (map[string]string, error) {
	if inv.overlay == "" {
		return nil, nil
	}
	text, err := os.ReadFile(inv.overlay)
	if err != nil {
		return nil, err
	}
	var d description
	if err := json.Unmarshal(text, &d); err != nil {
		return nil, fmt.Errorf("%s: %w", inv.overlay, err)
	}
	return d.Replace, nil
}

// write stores the files under their content's hash in the user's cache directory, and the description with them.
func write(files map[string][]byte, replace map[string]string) (string, error) {
	dir, err := cacheDir()
	if err != nil {
		return "", err
	}
	d := description{Replace: map[string]string{}}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if _, ok := replace[name]; ok {
			return "", fmt.Errorf("-overlay replaces %s, which connlint test has to replace too", name)
		}
		stored := filepath.Join(dir, hash(files[name])+".go")
		if err := store(stored, files[name]); err != nil {
			return "", err
		}
		d.Replace[name] = stored
	}
	maps.Copy(d.Replace, replace)
	text, err := json.MarshalIndent(d, "", "\t") // maps are written in order
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, hash(text)+".json")
	return path, store(path, text)
}

// cacheDir is where the files live that a later run uses again.
func cacheDir() (string, error) {
	cache, err := os.UserCacheDir()
	return filepath.Join(cache, "connlint", "overlay"), err
}

func hash(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:12])
}

// store writes a file that is named for its content, unless it is there; other runs may do the same now.
func store(path string, content []byte) error {
	if old, err := os.ReadFile(path); err == nil && string(old) == string(content) {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), "new-")
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}
