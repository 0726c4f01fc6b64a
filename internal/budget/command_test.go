package budget

import (
	"context"
	"errors"
	"strings"
	"testing"
)

// run runs the command over the programs of the tests without a configuration.
func run(cfg *Config, args ...string) (code int, stdout, stderr string) {
	c := &Command{
		LoadConfig: func(string) (*Config, error) { return cfg, nil },
		Programs:   func(context.Context, []string) ([]Program, error) { return programs, nil },
	}
	var out, errs strings.Builder
	code = c.Run(context.Background(), args, &out, &errs)
	return code, out.String(), errs.String()
}

func TestRun(t *testing.T) {
	for _, tt := range []struct {
		args   string
		code   int
		stdout string
		stderr string
	}{
		{"-max-connections=100", 0, "within budget: 11 of 80, 69 to spare", ""},
		{"-max-connections=100 -replicas=api=20 -replicas=report=50", 1, "over budget by 170: the server will refuse connections", ""},
		{"-max-connections=100 -replicas=api=9", 1, "over budget by 11: the headroom is used up", ""},
		{"-max-connections=100 -headroom=5% -replicas=api=9", 0, "within budget", ""},
		{"-max-connections=100 -workload=etl=60 -workload=people=10", 1, "people", ""},
		{"-instance-class=db.t2.micro -engine=mysql", 0, "limit: 66 connections (default of mysql on db.t2.micro)", ""},
		{"-instance-class=db.t3.micro -engine=postgres -format=json", 0, `"nominal": true`, ""},
		{"", 2, "", "what the server accepts is not known"},
		{"-instance-class=db.t3.micro", 2, "", "depends on the engine"},
		{"-instance-class=db.t3.micro -engine=oracle", 2, "", "unknown engine"},
		{"-max-connections=100 -format=xml", 2, "", "unknown format"},
		{"-max-connections=100 -replicas=api", 2, "", "not name=number"},
		{"-max-connections=100 -replicas=web=3", 2, "", "workload web has no connections and is no program"},
		{"-max-connections=100 -headroom=300%", 2, "", "between 0 and 100"},
		{"-nonsense", 2, "", "flag provided but not defined"},
		{"-help", 0, "", "Exit status: 0 within budget"},
		{"-dsn=oracle://x", 2, "", `scheme "oracle" is neither`},
		{"-dsn=env:CONNLINT_NO_SUCH_VARIABLE", 2, "", "environment variable CONNLINT_NO_SUCH_VARIABLE is not set"},
		{"-dsn=nonsense", 2, "", "want postgres://"},
	} {
		code, stdout, stderr := run(nil, strings.Fields(tt.args)...)
		if code != tt.code || !strings.Contains(stdout, tt.stdout) || !strings.Contains(stderr, tt.stderr) {
			t.Errorf("%s: exit %d; want %d\n%s\n%s", tt.args, code, tt.code, stdout, stderr)
		}
	}
}

// A figure that only the running program knows is no pass.
func TestRunUndetermined(t *testing.T) {
	c := &Command{
		LoadConfig: func(string) (*Config, error) { return nil, nil },
		Programs: func(context.Context, []string) ([]Program, error) {
			return []Program{{Package: "a/api", Pools: []Pool{{Name: "db", Pos: "api/main.go:9", Max: 1, Unknown: true, Why: "read at run time"}}}}, nil
		},
	}
	var out, errs strings.Builder
	if code := c.Run(context.Background(), []string{"-max-connections=100"}, &out, &errs); code != 2 {
		t.Errorf("exit %d\n%s", code, &out)
	}
	if want := "api/main.go:9: db (api): read at run time: state it as pool"; !strings.Contains(out.String(), want) {
		t.Errorf("no %q in\n%s", want, &out)
	}
}

func TestRunFailures(t *testing.T) {
	broken := errors.New("broken")
	for _, c := range []*Command{
		{
			LoadConfig: func(string) (*Config, error) { return nil, broken },
		},
		{
			LoadConfig: func(string) (*Config, error) { return nil, nil },
			Programs:   func(context.Context, []string) ([]Program, error) { return nil, broken },
		},
		{
			LoadConfig: func(string) (*Config, error) { return &Config{Engine: "oracle"}, nil },
		},
	} {
		var out, errs strings.Builder
		if code := c.Run(context.Background(), []string{"-max-connections=100"}, &out, &errs); code != 2 || errs.Len() == 0 || out.Len() > 0 {
			t.Errorf("exit %d\n%s\n%s", code, &out, &errs)
		}
	}
}
