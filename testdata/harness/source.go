package harness

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strings"
)

// A Function is an exported function of a specimen package, as its source has it.
type Function struct {
	Rule   string // the folder of the rule
	Dir    string // slash-separated, below the module's root
	Recv   string // type of the receiver, a pointer to which it is, or ""
	Name   string
	File   string
	Line   int
	Want   bool   // a diagnostic is expected inside
	NoExec string // why it cannot be executed, or ""
}

// Key names the function in the table of the generated file.
func (f *Function) Key() string {
	if f.Recv != "" {
		return f.Dir + "." + f.Recv + "." + f.Name
	}
	return f.Dir + "." + f.Name
}

// Functions reads the specimens of the rules below root.
func Functions(root string, rules []string) ([]*Function, error) {
	var out []*Function
	for _, rule := range rules {
		err := filepath.WalkDir(filepath.Join(root, rule), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err // what stands in a test file, only that package's tests could call
			}
			functions, err := fileFunctions(root, rule, path)
			out = append(out, functions...)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

func fileFunctions(root, rule, path string) ([]*Function, error) {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, path, nil, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil || file.Name.Name == "main" {
		return nil, err
	}
	dir, err := filepath.Rel(root, filepath.Dir(path))
	if err != nil {
		return nil, err
	}
	var all Function // what the comment of the package says of each function
	if file.Doc != nil {
		all.readComments(file, file.Doc.Pos(), file.Doc.End())
	}
	var out []*Function
	for _, decl := range file.Decls {
		fn, ok := decl.(*ast.FuncDecl)
		if !ok || fn.Type.TypeParams != nil || !fn.Name.IsExported() {
			continue
		}
		recv := receiver(fn)
		if recv != "" && (rule != "pooldeadlock" || !ast.IsExported(recv)) {
			continue // a method of a wrapper: part of what its users do
		}
		f := &Function{
			Rule: rule,
			Dir:  filepath.ToSlash(dir),
			Recv: recv,
			Name: fn.Name.Name,
			File: filepath.ToSlash(path),
			Line: fset.Position(fn.Pos()).Line,

			NoExec: all.NoExec,
		}
		start := fn.Pos()
		if fn.Doc != nil {
			start = fn.Doc.Pos()
		}
		f.readComments(file, start, fn.End())
		out = append(out, f)
	}
	return out, nil
}

// receiver returns the name of the type whose method fn is, or "".
func receiver(fn *ast.FuncDecl) string {
	if fn.Recv == nil {
		return ""
	}
	t := fn.Recv.List[0].Type
	if star, ok := t.(*ast.StarExpr); ok {
		t = star.X
	}
	if id, ok := t.(*ast.Ident); ok {
		return id.Name
	}
	return "_" // generic
}

func (f *Function) readComments(file *ast.File, start, end token.Pos) {
	for _, group := range file.Comments {
		for _, c := range group.List {
			if c.Pos() < start || c.Pos() > end {
				continue
			}
			text := strings.TrimSpace(strings.TrimPrefix(c.Text, "//"))
			if strings.HasPrefix(text, "want ") {
				f.Want = true
			}
			if why, ok := strings.CutPrefix(text, "noexec: "); ok {
				f.NoExec = why
			}
		}
	}
}
