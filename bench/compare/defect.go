package main

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"regexp"
	"slices"
)

// A defect is one that was fixed upstream.
type defect struct {
	ID      string
	Class   string // R1 to R10, see classes
	Repo    string // OWNER/NAME
	Parent  string `json:"parent_sha"` // the commit before the fix
	Fix     string `json:"fix_sha"`
	Module  string `json:"module_dir"` // directories and files are relative to the repository
	Package string
	File    string
	Line    int    // in the tree before the fix
	Func    string // NAME or TYPE.NAME, with #2 for the second of that name in the file

	// What the tree needs to load, because a module is gone or the code is older than modules.

	Mode        string            // gopath: without modules
	ImportRoot  string            `json:"import_root"`
	GoMod       string            `json:"go_mod"` // replaces the file
	GoModAppend []string          `json:"go_mod_append"`
	ExtraFiles  map[string]string `json:"extra_files"`
	HoistVendor []string          `json:"hoist_vendor"` // directories whose vendor tree serves the whole repository
}

// readDefects returns the cases of a file whose id matches.
func readDefects(name string, match *regexp.Regexp) ([]*defect, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	var all []*defect
	if err := json.Unmarshal(data, &all); err != nil {
		return nil, fmt.Errorf("%s: %v", name, err)
	}
	all = slices.DeleteFunc(all, func(d *defect) bool { return !match.MatchString(d.ID) })
	for _, d := range all {
		if classes[d.Class] == "" || d.Repo == "" || d.Parent == "" || d.Fix == "" || d.File == "" || d.Func == "" {
			return nil, fmt.Errorf("%s: case %q: class, repo, parent_sha, fix_sha, file and func are needed", name, d.ID)
		}
	}
	return all, nil
}

// funcLines returns the first and last line of the function in the file.
func funcLines(file, name string) (first, last int, err error) {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, file, nil, parser.SkipObjectResolution)
	if f == nil {
		return 0, 0, err
	}
	seen := map[string]int{}
	for _, decl := range f.Decls {
		fd, ok := decl.(*ast.FuncDecl)
		if !ok {
			continue
		}
		n := fd.Name.Name
		if fd.Recv != nil && len(fd.Recv.List) > 0 {
			n = receiver(fd.Recv.List[0].Type) + n
		}
		if seen[n]++; seen[n] > 1 {
			n = fmt.Sprintf("%s#%d", n, seen[n])
		}
		if n == name {
			return fset.Position(fd.Pos()).Line, fset.Position(fd.End()).Line, nil
		}
	}
	return 0, 0, fmt.Errorf("%s: no function %s", file, name)
}

// receiver returns the name of a receiver's type and a dot.
func receiver(t ast.Expr) string {
	for {
		switch x := t.(type) {
		case *ast.StarExpr:
			t = x.X
		case *ast.IndexExpr:
			t = x.X
		case *ast.IndexListExpr:
			t = x.X
		case *ast.Ident:
			return x.Name + "."
		default:
			return ""
		}
	}
}
