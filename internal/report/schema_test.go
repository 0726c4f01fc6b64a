package report_test

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/connlint/connlint/internal/report"
)

// Neither the official schema nor a validator is part of this module: both come
// from the module proxy, the schema as go-sarif quotes it.
const (
	schemaModule    = "github.com/owenrumney/go-sarif/v3@v3.3.1"
	validatorModule = "github.com/santhosh-tekuri/jsonschema/v6@v6.0.3"
)

const validator = `package main

import (
	"fmt"
	"os"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

func main() {
	schema, err := jsonschema.NewCompiler().Compile(os.Args[1])
	if err == nil {
		var f *os.File
		if f, err = os.Open(os.Args[2]); err == nil {
			var v any
			if v, err = jsonschema.UnmarshalJSON(f); err == nil {
				err = schema.Validate(v)
			}
		}
	}
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}
`

// TestSchemas validates the SARIF output against the official schema of SARIF
// 2.1.0, and the JSON output against our own. CONNLINT_SCHEMA=1 asks for it, since it
// needs the module proxy.
func TestSchemas(t *testing.T) {
	if os.Getenv("CONNLINT_SCHEMA") == "" {
		t.Skip("set CONNLINT_SCHEMA=1 to validate against schemas")
	}
	dir := t.TempDir()
	run := func(name string, args ...string) []byte {
		t.Helper()
		cmd := exec.Command(name, args...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "GOFLAGS=", "GOWORK=off")
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
		}
		return out
	}
	write := func(name string, text []byte) string {
		t.Helper()
		name = filepath.Join(dir, name)
		if err := os.WriteFile(name, text, 0o644); err != nil {
			t.Fatal(err)
		}
		return name
	}
	write("main.go", []byte(validator))
	run("go", "mod", "init", "validate")
	run("go", "get", validatorModule)
	run("go", "build", "-o", "validate", ".")

	own, err := filepath.Abs("../../docs/report.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	schemas := map[string]string{"sarif": write("sarif.schema.json", sarifSchema(t, dir)), "json": own}
	for format, schema := range schemas {
		h, err := report.ForFormat(format)
		if err != nil {
			t.Fatal(err)
		}
		for name, r := range map[string]*report.Report{
			"full":  newReport(t),
			"empty": {Version: "v1.2.3", Dir: dir},
		} {
			run(filepath.Join(dir, "validate"), schema, write(name+"."+format, render(t, h, r)))
		}
		// The validator does find something wrong.
		broken := write("broken."+format, []byte(`{"version": "2.1.0", "runs": [{}], "schema": 1}`))
		if err := exec.Command(filepath.Join(dir, "validate"), schema, broken).Run(); err == nil {
			t.Errorf("%s: what is not valid passes", format)
		}
	}
}

// sarifSchema returns the constant in which go-sarif keeps the official schema.
func sarifSchema(t *testing.T, dir string) []byte {
	t.Helper()
	cmd := exec.Command("go", "mod", "download", "-json", schemaModule)
	cmd.Dir = dir
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var module struct{ Dir string }
	if err := json.Unmarshal(out, &module); err != nil {
		t.Fatal(err)
	}
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(module.Dir, "pkg/report/v210/sarif/schema.go"), nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var schema string
	ast.Inspect(file, func(n ast.Node) bool {
		if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING && len(lit.Value) > len(schema) {
			schema, _ = strconv.Unquote(lit.Value)
		}
		return true
	})
	if !strings.Contains(schema, "oasis-open.org/sarif/sarif/v2.1.0") {
		t.Fatal("go-sarif has no schema of SARIF 2.1.0 any more")
	}
	return []byte(schema)
}
