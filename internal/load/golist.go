package load

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// A listed is what go list says of a package; the fields are those of its JSON.
type listed struct {
	ImportPath string
	Name       string
	Dir        string
	Standard   bool
	DepOnly    bool
	ForTest    string
	Module     *module
	GoFiles    []string
	CgoFiles   []string
	Imports    []string
	ImportMap  map[string]string
	Error      *listError

	CompiledGoFiles []string // only asked for where cgo has to run
}

type module struct {
	Path      string
	Version   string
	Main      bool
	GoVersion string
	GoMod     string
	Replace   *module
}

type listError struct {
	ImportStack []string
	Pos         string
	Err         string
}

const listFields = "ImportPath,Name,Dir,Standard,DepOnly,ForTest,Module,GoFiles,CgoFiles,Imports,ImportMap,Error"

// A goEnv is the part of go env that decides what source code means.
type goEnv struct {
	GOVERSION, GOROOT, GOMODCACHE, GOOS, GOARCH, GOEXPERIMENT, CGO_ENABLED string
}

// A goCommand runs the go command.
type goCommand struct {
	dir   string
	env   []string
	flags []string // build flags
}

func (g goCommand) run(ctx context.Context, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = g.dir
	cmd.Env = g.env
	if g.dir != "" {
		cmd.Env = append(cmd.Env[:len(cmd.Env):len(cmd.Env)], "PWD="+g.dir)
	}
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if _, ok := errors.AsType[*exec.ExitError](err); ok && stderr.Len() > 0 {
			return nil, fmt.Errorf("go %s: %s", args[0], bytes.TrimSpace(stderr.Bytes()))
		}
		return nil, fmt.Errorf("go %s: %v", args[0], err)
	}
	return stdout.Bytes(), nil
}

func (g goCommand) goEnv(ctx context.Context) (*goEnv, error) {
	out, err := g.run(ctx, "env", "-json", "GOVERSION", "GOROOT", "GOMODCACHE", "GOOS", "GOARCH", "GOEXPERIMENT", "CGO_ENABLED")
	if err != nil {
		return nil, err
	}
	env := new(goEnv)
	if err := json.Unmarshal(out, env); err != nil {
		return nil, fmt.Errorf("go env: %v", err)
	}
	return env, nil
}

// list lists the packages and everything they depend on. Nothing is compiled.
func (g goCommand) list(ctx context.Context, tests bool, patterns []string) ([]*listed, error) {
	args := []string{"list", "-e", "-deps", "-buildvcs=false", "-json=" + listFields}
	if tests {
		args = append(args, "-test")
	}
	args = append(append(append(args, g.flags...), "--"), patterns...)
	out, err := g.run(ctx, args...)
	if err != nil {
		return nil, err
	}
	return decodeList(out)
}

// compiled runs cgo on the packages and returns the files that the compiler would
// get, by import path. -find keeps it from compiling what they depend on.
func (g goCommand) compiled(ctx context.Context, paths []string) (map[string]*listed, error) {
	args := []string{"list", "-e", "-find", "-compiled", "-buildvcs=false", "-json=ImportPath,Dir,CompiledGoFiles,Error"}
	args = append(append(append(args, g.flags...), "--"), paths...)
	out, err := g.run(ctx, args...)
	if err != nil {
		return nil, err
	}
	list, err := decodeList(out)
	if err != nil {
		return nil, err
	}
	byPath := map[string]*listed{}
	for _, p := range list {
		byPath[p.ImportPath] = p
	}
	return byPath, nil
}

func decodeList(out []byte) ([]*listed, error) {
	dec := json.NewDecoder(bufio.NewReader(bytes.NewReader(out)))
	var list []*listed
	for {
		p := new(listed)
		if err := dec.Decode(p); err == io.EOF {
			return list, nil
		} else if err != nil {
			return nil, fmt.Errorf("go list: cannot decode its output: %v", err)
		}
		list = append(list, p)
	}
}

// isTestMain reports whether p is the program that go test generates.
func (p *listed) isTestMain() bool {
	if !strings.HasSuffix(p.ImportPath, ".test") || p.Name != "main" || len(p.GoFiles) != 1 {
		return false
	}
	f := p.GoFiles[0]
	return filepath.IsAbs(f) || f == "_testmain.go"
}

// packageError converts what the go command says is wrong with p. base resolves
// relative names of files.
func (p *listed) packageError(base string) PackageError {
	e := PackageError{PkgPath: pkgPath(p.ImportPath), Message: strings.TrimSpace(p.Error.Err)}
	e.Pos = parsePosition(p.Error.Pos, base)
	return e
}

// parsePosition parses file:line:col of the go command; the numbers may be absent.
func parsePosition(s, base string) Position {
	var pos Position
	if s == "" {
		return pos
	}
	file, col, ok := cutNumber(s)
	if ok {
		if f, line, ok := cutNumber(file); ok {
			file, pos.Line, pos.Col = f, line, col
		} else {
			pos.Line, pos.Col = col, 1
		}
	}
	if !filepath.IsAbs(file) {
		file = filepath.Join(base, file)
	}
	pos.File = file
	return pos
}

func cutNumber(s string) (string, int, bool) {
	i := strings.LastIndexByte(s, ':')
	if i < 0 {
		return s, 0, false
	}
	n, err := strconv.Atoi(s[i+1:])
	if err != nil {
		return s, 0, false
	}
	return s[:i], n, true
}

// pkgPath returns the import path without the test variant.
func pkgPath(id string) string {
	path, _, _ := strings.Cut(id, " [")
	return path
}
