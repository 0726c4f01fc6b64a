package overlay

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/connlint/connlint/internal/testdb"
)

// A result is what a run of connlint test wrote.
type result struct {
	status         int
	stdout, stderr string
}

func run(t *testing.T, args ...string) result {
	t.Helper()
	var out, err bytes.Buffer
	status := Run(t.Context(), args, strings.NewReader(""), &out, &err)
	return result{status, out.String(), err.String()}
}

func TestLeaky(t *testing.T) {
	file := filepath.Join(t.TempDir(), "leaks.json")
	r := run(t, "-leakjson", file, "-v", "./testdata/leaky")
	if r.status != exitLeaks {
		t.Errorf("status %d, want %d", r.status, exitLeaks)
	}
	if !strings.Contains(r.stdout, "output of the test") || !strings.Contains(r.stdout, "--- PASS: TestRows") {
		t.Errorf("the output of go test is missing:\n%s", r.stdout)
	}
	for _, want := range []string{
		"connlint test: 9 connections not given back",
		"internal/overlay/testdata/leaky: TestRows\n    taken by (*sql.DB).Query (2 times), called from\n        leaky.leakRows",
		filepath.FromSlash("testdata/leaky/leaky_test.go:"),
		"testdata/leaky: TestWaiter\n    taken by (*sql.DB).Conn, called from\n        leaky.TestWaiter",
		"testdata/leaky: TestTable\n    taken by (*sql.DB).Conn (2 times)",
		"testdata/leaky: TestHealed\n    taken by (*sql.DB).BeginTx, called from",
		"note: " + noteHealed,
		"testdata/leaky: Example\n    taken by (*sql.DB).Query, called from\n        leaky.leakRows",
		"testdata/leaky: TestGoroutine\n    taken by (*sql.DB).Query, called from\n        leaky.leakRows",
		"        created by leaky.TestGoroutine",
		"testdata/leaky: a goroutine that is not a test's\n    taken by (*sql.DB).Query, called from\n        leaky.leakRows",
		"        created by leaky.start",
	} {
		if !strings.Contains(r.stderr, want) {
			t.Errorf("the summary lacks %q", want)
		}
	}
	for _, innocent := range []string{"TestClean", "TestTimeout", "TestWorker"} {
		if strings.Contains(r.stderr, innocent) {
			t.Errorf("the summary has %s", innocent)
		}
	}
	var got struct{ Leaks []Leak }
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	var tests []string
	for _, l := range got.Leaks {
		tests = append(tests, fmt.Sprint(l.Test, l.Count))
	}
	if want := []string{"1", "Example1", "TestGoroutine1", "TestHealed1", "TestRows2", "TestTable2", "TestWaiter1"}; !slices.Equal(tests, want) {
		t.Errorf("JSON has %q, want %q", tests, want)
	}
	if t.Failed() {
		t.Log(r.stdout, r.stderr)
	}
}

func TestStatusOfGoTestIsKept(t *testing.T) {
	if r := run(t, "-run=TestClean", "./testdata/leaky"); r.status != 0 || r.stderr != "" || !strings.HasPrefix(r.stdout, "ok") {
		t.Errorf("a clean run: %+v", r)
	}
	t.Setenv("FAIL", "1")
	if r := run(t, "-run=TestFails", "./testdata/leaky"); r.status != 1 || !strings.Contains(r.stdout, "FAIL") {
		t.Errorf("a failing run: %+v", r)
	}
	if r := run(t, "./nowhere"); r.status == 0 {
		t.Errorf("no package: %+v", r)
	}
	r := run(t, "-run=TestRows|TestFails", "./testdata/leaky")
	if !strings.Contains(r.stderr, "TestRows") || !strings.Contains(r.stderr, noteEarly) {
		t.Errorf("a process that exits loses its leaks: %+v", r)
	}
}

// TestBuildCacheStaysWarm: a second run compiles nothing.
func TestBuildCacheStaysWarm(t *testing.T) {
	run(t, "-run=TestClean", "./testdata/leaky")
	r := run(t, "-x", "-run=TestClean", "./testdata/leaky")
	for line := range strings.Lines(r.stderr) {
		if strings.Contains(line, "/compile -o") {
			t.Errorf("the second run compiles: %s", line)
		}
	}
	if !strings.Contains(r.stderr, "leaky.test") {
		t.Error("-x says nothing, so this test cannot fail")
	}
}

func TestPool(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: no servers")
	}
	t.Setenv("DSN", testdb.Postgres(t))
	r := run(t, "./testdata/leakypool")
	for _, want := range []string{
		"connlint test: 2 connections not given back",
		"testdata/leakypool: TestAcquire\n    taken by (*pgxpool.Pool).Acquire, called from\n        leakypool.TestAcquire",
		"testdata/leakypool: TestRows\n    taken by (*pgxpool.Pool).Query, called from\n        leakypool.TestRows",
	} {
		if !strings.Contains(r.stderr, want) {
			t.Errorf("the summary lacks %q:\n%+v", want, r)
		}
	}
}

// TestWorkspace: what is not watched is said.
func TestWorkspace(t *testing.T) {
	root, err := filepath.Abs("../..")
	must(t, err)
	work := filepath.Join(t.TempDir(), "go.work")
	must(t, os.WriteFile(work, []byte("go 1.26.0\n\nuse "+root+"\n"), 0o666))
	t.Setenv("GOWORK", work)
	r := run(t, "-run=TestRows", "./testdata/leaky")
	if !strings.Contains(r.stderr, "pgxpool is not watched: the modules of a workspace") || !strings.Contains(r.stderr, "leaky: TestRows") {
		t.Errorf("%+v", r)
	}
}

// TestInAnotherDirectory: -C, and a user's overlay of his own.
func TestInAnotherDirectory(t *testing.T) {
	own := filepath.Join(t.TempDir(), "overlay.json")
	dir, err := filepath.Abs("testdata/leaky")
	if err != nil {
		t.Fatal(err)
	}
	extra := filepath.Join(t.TempDir(), "extra_test.go")
	must(t, os.WriteFile(extra, []byte("package leaky\n\nimport \"testing\"\n\nfunc TestExtra(t *testing.T) { open(t).Conn(t.Context()) }\n"), 0o666))
	text, err := json.Marshal(description{map[string]string{filepath.Join(dir, "extra_test.go"): extra}})
	must(t, err)
	must(t, os.WriteFile(own, text, 0o666))
	r := run(t, "-C", dir, "-overlay="+own, "-run=TestExtra")
	if !strings.Contains(r.stderr, "leaky: TestExtra\n    taken by (*sql.DB).Conn") {
		t.Errorf("%+v", r)
	}
	must(t, os.WriteFile(own, []byte(`{"Replace":{"`+filepath.Join(runtime.GOROOT(), "src/database/sql/sql.go")+`":"x.go"}}`), 0o666))
	if r := run(t, "-overlay="+own, "./testdata/leaky"); r.status != exitUsage || !strings.Contains(r.stderr, "which connlint test has to replace too") {
		t.Errorf("a conflict: %+v", r)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// A database/sql whose methods have changed is refused.
func TestUnknownRelease(t *testing.T) {
	dir := t.TempDir()
	tests := map[string]string{
		"gone":    "package sql\n\ntype DB struct{}\n",
		"changed": "package sql\n\nfunc (db *DB) conn(ctx context.Context) (*driverConn, error) { return nil, nil }\nfunc (db *DB) putConn(dc *driverConn, err error, resetSession bool) {}\n",
		"value":   "package sql\n\nfunc (db DB) conn(ctx context.Context, s connReuseStrategy) (*driverConn, error) { return nil, nil }\nfunc (db *DB) putConn(dc *driverConn, err error, resetSession bool) {}\n",
	}
	for name, src := range tests {
		must(t, os.WriteFile(filepath.Join(dir, "sql.go"), []byte(src), 0o666))
		_, err := targets[0].patched(dir)
		var unknown *unknownRelease
		if !errors.As(err, &unknown) || !strings.Contains(err.Error(), "has no method (*DB).conn(context.Context, connReuseStrategy) (*driverConn, error): this release of connlint knows Go 1.16 to 1.26") {
			t.Errorf("%s: %v", name, err)
		}
	}
	must(t, os.WriteFile(filepath.Join(dir, "sql.go"), []byte("package sql\n\nfunc (db *DB) conn(\n\tctx context.Context, s connReuseStrategy,\n) (dc *driverConn, err error) {\n\treturn\n}\n\nfunc (db *DB) putConn(dc *driverConn, err error, reset bool) { db.conn(nil, 0) }\n"), 0o666))
	files, err := targets[0].patched(dir)
	must(t, err)
	got := string(files[filepath.Join(dir, "sql.go")])
	if want := "package sql\n\nfunc (db *DB) connlint_conn(\n\tctx context.Context, s connReuseStrategy,\n) (dc *driverConn, err error) {\n\treturn\n}\n\nfunc (db *DB) connlint_putConn(dc *driverConn, err error, reset bool) { db.conn(nil, 0) }\n"; got != want {
		t.Errorf("patched:\n%s", got)
	}
}

func TestParse(t *testing.T) {
	tests := []struct {
		args string
		want invocation
	}{
		{"./...", invocation{rest: []string{"./..."}}},
		{"-leakjson x -C dir -race -overlay=o ./... -args -leakjson y", invocation{json: "x", dir: []string{"-C", "dir"}, overlay: "o", rest: []string{"-race", "./...", "-args", "-leakjson", "y"}}},
		{"--leakjson=x", invocation{json: "x"}},
		{"-h", invocation{help: true}},
	}
	for _, test := range tests {
		got, err := parse(strings.Fields(test.args))
		if err != nil || fmt.Sprint(got) != fmt.Sprint(test.want) {
			t.Errorf("parse(%q) = %+v, %v, want %+v", test.args, got, err, test.want)
		}
	}
	if _, err := parse([]string{"-leakjson"}); err == nil {
		t.Error("a flag without its argument passes")
	}
	if got := (invocation{rest: []string{"-mod=vendor", "-modfile", "x", "./..."}}).moduleFlags(); !slices.Equal(got, []string{"-mod=vendor", "-modfile", "x"}) {
		t.Errorf("moduleFlags: %q", got)
	}
}

// TestInterrupt: the end of the context ends go test and what it runs.
func TestInterrupt(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
	defer cancel()
	start := time.Now()
	var out bytes.Buffer
	if status := Run(ctx, []string{"-run=TestClean", "-count=1000000", "./testdata/leaky"}, nil, &out, &out); status == 0 {
		t.Error("status 0")
	}
	if d := time.Since(start); d > 30*time.Second {
		t.Errorf("took %v", d)
	}
}

func FuzzReadLog(f *testing.F) {
	f.Add("P\t\"/x\"\nS\t1\t\"database/sql.(*DB).Conn\"\t\"f.go\"\t3\t\"p.TestA\"\t\"a.go\"\t7\t\"testing.tRunner\"\t\"t.go\"\t1\nA\t1\t1\t5\nR\t1\t6\thealed\nA\t2\t1\t7\nE\t9\n")
	f.Add("A\t1\t1\t5\ncut of")
	f.Add("R\t1\nX\n\tP")
	f.Fuzz(func(t *testing.T, s string) {
		leaks, err := readLog(strings.NewReader(s))
		if err != nil && !regexp.MustCompile(`^line \d+: `).MatchString(err.Error()) {
			t.Errorf("the error does not name the line: %v", err)
		}
		writeText(&bytes.Buffer{}, leaks)
	})
}

func TestAddedFilesAreFormatted(t *testing.T) {
	for _, target := range targets[:2] {
		files, err := target.patched(filepath.Join(runtime.GOROOT(), "src", target.pkg))
		must(t, err)
		for name, text := range files {
			if !strings.Contains(name, "connlint_") {
				continue
			}
			file := filepath.Join(t.TempDir(), "x.go")
			must(t, os.WriteFile(file, text, 0o666))
			if out, err := exec.Command("gofmt", "-l", file).CombinedOutput(); err != nil || len(out) > 0 {
				t.Errorf("%s: %v %s", name, err, out)
			}
		}
	}
}
