package driver

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/connlint/connlint/internal/docgen"
	"github.com/connlint/connlint/internal/report"
	"github.com/connlint/connlint/passes"
)

func TestInterrupted(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"go.mod": "module m\n\ngo 1.26\n", "a.go": "package m\n\nimport _ \"database/sql\"\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(errors.New("interrupt"))
	var stdout, stderr bytes.Buffer
	status := Run(ctx, []string{"-C", dir, "-cache=off", "-format=json"}, strings.NewReader(""), &stdout, &stderr)
	if status != exitFailed || stdout.Len() > 0 || stderr.String() != "connlint: interrupted: interrupt\n" {
		t.Errorf("status %d, stdout %q, stderr %q", status, &stdout, &stderr)
	}
}

func TestExitStatus(t *testing.T) {
	for _, test := range []struct {
		err     error
		status  int
		message string
	}{
		{nil, exitClean, ""},
		{flag.ErrHelp, exitClean, ""},
		{errFindings, exitFindings, ""},
		{statusError(3), 3, ""},
		{errors.New("broken"), exitFailed, "broken"},
		{usagef("no %s", "flag"), exitFailed, "no flag\nconnlint help shows the usage"},
	} {
		if status := exitStatus(test.err); status != test.status {
			t.Errorf("%v: status %d, want %d", test.err, status, test.status)
		}
		if got := message(test.err); got != test.message {
			t.Errorf("%v: message %q, want %q", test.err, got, test.message)
		}
	}
}

// Every flag of the main command that has a counterpart in the configuration, and
// every rule, can be found in the help.
func TestUsageIsComplete(t *testing.T) {
	var b bytes.Buffer
	c := &command{stdout: &b, getenv: func(string) string { return "" }}
	if err := c.printUsage(&b); err != nil {
		t.Fatal(err)
	}
	newFlags(new(options)).VisitAll(func(f *flag.Flag) {
		rule, _, _ := strings.Cut(f.Name, ".")
		if !isRule(rule) && !strings.Contains(b.String(), "\n  -"+f.Name) {
			t.Errorf("help does not mention -%s", f.Name)
		}
	})
	for _, name := range subcommands {
		if !strings.Contains(b.String(), "connlint "+name) {
			t.Errorf("help does not mention the subcommand %s", name)
		}
	}
	for _, line := range strings.Split(b.String(), "\n") {
		if len(line) > 160 {
			t.Errorf("long line: %s", line)
		}
	}
}

func TestWriteFileIsAtomic(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "out")
	for _, text := range []string{"one", "two"} {
		if err := writeFile(name, []byte(text)); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(name); err != nil || string(got) != text {
			t.Errorf("got %q, %v", got, err)
		}
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
		t.Errorf("left behind: %v, %v", entries, err)
	}
	if err := writeFile(filepath.Join(dir, "no", "out"), nil); err == nil {
		t.Error("no error for a directory that is not there")
	}
}

func TestSeveritiesAreOfRules(t *testing.T) {
	for _, a := range passes.All {
		switch docgen.Severity(a.Name, "") {
		case report.Error, report.Warning:
		default:
			t.Errorf("%s: severity %q", a.Name, docgen.Severity(a.Name, ""))
		}
	}
}
