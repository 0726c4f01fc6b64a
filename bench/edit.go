package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// An edit changes the body of one function, to another one each time. The compiler
// must see a difference, as it does with a real edit, or it spares the dependents.
type edit struct {
	file   string
	source []byte
	offset int // behind the opening brace
	n      int
}

func (e *edit) apply() error {
	e.n++
	text := fmt.Appendf(nil, "\n\tprintln(%d)\n", e.n)
	return os.WriteFile(e.file, bytes.Join([][]byte{e.source[:e.offset], text, e.source[e.offset:]}, nil), 0o666)
}

// A listed is what go list says of a package.
type listed struct {
	ImportPath string
	Dir        string
	GoFiles    []string
	Imports    []string
	Module     *struct{ Main bool }
}

// chooseEdit prepares an edit of the file, or, if it is empty, of a file in the
// package of the module that most others depend on among those that import
// database/sql or pgx: what hurts most.
func chooseEdit(ctx context.Context, dir, file string) (*edit, error) {
	if file == "" {
		p, err := busiest(ctx, dir)
		if err != nil {
			return nil, err
		}
		if file, err = largest(p); err != nil {
			return nil, err
		}
	} else {
		file = filepath.Join(dir, file)
	}
	source, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, file, source, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	for _, d := range f.Decls {
		if d, ok := d.(*ast.FuncDecl); ok && d.Body != nil {
			return &edit{file: file, source: source, offset: fset.Position(d.Body.Lbrace).Offset + 1}, nil
		}
	}
	return nil, fmt.Errorf("%s has no function to edit; choose another file with -touch", file)
}

func busiest(ctx context.Context, dir string) (*listed, error) {
	cmd := exec.CommandContext(ctx, "go", "list", "-e", "-deps", "-json=ImportPath,Dir,GoFiles,Imports,Module", "./...")
	cmd.Dir = dir
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %v", err)
	}
	var all []*listed
	users := map[string][]string{}
	dec := json.NewDecoder(bytes.NewReader(out))
	for {
		p := new(listed)
		if err := dec.Decode(p); err == io.EOF {
			break
		} else if err != nil {
			return nil, err
		}
		all = append(all, p)
		for _, imp := range p.Imports {
			users[imp] = append(users[imp], p.ImportPath)
		}
	}
	var best *listed
	most := -1
	for _, p := range all {
		if p.Module == nil || !p.Module.Main || len(p.GoFiles) == 0 || !importsDriver(p) {
			continue
		}
		if n := dependents(p.ImportPath, users); n > most {
			best, most = p, n
		}
	}
	if best == nil {
		return nil, errors.New("no package imports database/sql or pgx; choose a file with -touch")
	}
	return best, nil
}

func importsDriver(p *listed) bool {
	for _, imp := range p.Imports {
		if imp == "database/sql" || strings.HasPrefix(imp, "github.com/jackc/pgx/") {
			return true
		}
	}
	return false
}

// dependents counts the packages that depend on path, directly or not.
func dependents(path string, users map[string][]string) int {
	seen := map[string]bool{}
	var visit func(path string)
	visit = func(path string) {
		for _, u := range users[path] {
			if !seen[u] {
				seen[u] = true
				visit(u)
			}
		}
	}
	visit(path)
	return len(seen)
}

// largest returns the largest file of the package: one with code in it.
func largest(p *listed) (string, error) {
	var best string
	var most int64 = -1
	for _, name := range p.GoFiles {
		info, err := os.Stat(filepath.Join(p.Dir, name))
		if err != nil {
			return "", err
		}
		if info.Size() > most {
			best, most = filepath.Join(p.Dir, name), info.Size()
		}
	}
	return best, nil
}
