package budget

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Exit codes of the command.
const (
	exitWithin  = 0
	exitOver    = 1
	exitUnknown = 2 // wrong usage, or nothing that could be judged
)

// A Command is `connlint budget`. Its fields are what the rest of connlint does
// for it.
type Command struct {
	// LoadConfig returns the section poolbudget of the named file, or of the one
	// found from the working directory upwards if name is empty; nil without a
	// file or section.
	LoadConfig func(name string) (*Config, error)
	// Programs analyzes the packages that the patterns name and returns the main
	// packages with their pools.
	Programs func(ctx context.Context, patterns []string) ([]Program, error)
}

// options are the flags of the command.
type options struct {
	config, dsn, format string
	timeout             time.Duration
	flags               Config // figures that override the configuration
	replicas            map[string]int
	workloads           []Workload
}

const usage = `usage: connlint budget [flags] [packages]

Adds up the database connections that the programs among the packages (default
./...) and the workloads of .connlint.yml can open, and holds the sum against
what the server accepts.

Exit status: 0 within budget, 1 over budget, 2 wrong usage, a server that does
not answer, or a sum that cannot be determined.

flags:
`

// Run runs the command with args, those after "budget", and returns its exit code.
func (c *Command) Run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	o, patterns, err := parse(args, stderr)
	if err == flag.ErrHelp {
		return exitWithin
	}
	if err != nil {
		fmt.Fprintf(stderr, "connlint budget: %v\n", err)
		return exitUnknown
	}
	b, server, err := c.budget(ctx, o, patterns)
	if err == nil {
		err = write(stdout, o.format, b, server)
	}
	if err != nil {
		fmt.Fprintf(stderr, "connlint budget: %v\n", err)
		return exitUnknown
	}
	switch {
	case b.Over() != 0:
		return exitOver
	case len(b.Undetermined()) > 0:
		return exitUnknown
	}
	return exitWithin
}

func parse(args []string, stderr io.Writer) (*options, []string, error) {
	o := &options{replicas: map[string]int{}}
	fs := flag.NewFlagSet("budget", flag.ContinueOnError)
	fs.SetOutput(stderr)
	fs.Usage = func() {
		fmt.Fprint(stderr, usage)
		fs.PrintDefaults()
	}
	fs.StringVar(&o.config, "config", "", "configuration `file` (default .connlint.yml, upwards from here)")
	fs.StringVar(&o.dsn, "dsn", "", "ask the PostgreSQL, MySQL or MariaDB `server`: a URL, a driver's string, or env:NAME")
	fs.StringVar(&o.format, "format", "text", "`text` or json")
	fs.DurationVar(&o.timeout, "timeout", 10*time.Second, "how long the server may take to answer")
	fs.IntVar(&o.flags.MaxConnections, "max-connections", 0, "the server's max_connections")
	fs.StringVar(&o.flags.InstanceClass, "instance-class", "", "RDS or Aurora `class`, such as db.t3.medium")
	fs.Func("engine", "with -instance-class: `engine` "+strings.Join(engineNames(), ", "), func(s string) error {
		o.flags.Engine = Engine(s)
		return nil
	})
	fs.Func("headroom", "`percentage` that stays free (default 20%)", func(s string) error {
		p, err := ParsePercent(s)
		o.flags.Headroom = &p
		return err
	})
	fs.Func("replicas", "`name=n`: a program among the packages runs n times; repeatable", func(s string) error {
		name, n, err := assignment(s)
		o.replicas[name] = n
		return err
	})
	fs.Func("workload", "`name=n`: something else opens n connections; repeatable", func(s string) error {
		name, n, err := assignment(s)
		o.workloads = append(o.workloads, Workload{Name: name, Connections: &n})
		return err
	})
	if err := fs.Parse(args); err != nil {
		return nil, nil, err
	}
	if o.format != "text" && o.format != "json" {
		return nil, nil, fmt.Errorf("unknown format %q: it is text or json", o.format)
	}
	return o, fs.Args(), nil
}

func assignment(s string) (name string, n int, err error) {
	name, value, ok := strings.Cut(s, "=")
	n, err = strconv.Atoi(value)
	if !ok || name == "" || err != nil || n < 0 {
		return "", 0, fmt.Errorf("%q is not name=number", s)
	}
	return name, n, nil
}

// budget asks for the limit first: a server that does not answer is found out
// before the packages are analyzed.
func (c *Command) budget(ctx context.Context, o *options, patterns []string) (*Budget, *Server, error) {
	cfg, err := c.config(o)
	if err != nil {
		return nil, nil, err
	}
	limit, server, err := findLimit(ctx, cfg, o)
	if err != nil {
		return nil, nil, err
	}
	if len(patterns) == 0 {
		patterns = []string{"./..."}
	}
	programs, err := c.Programs(ctx, patterns)
	if err != nil {
		return nil, nil, err
	}
	b, err := New(cfg, programs, limit)
	return b, server, err
}

// config returns the configuration with the flags laid over it.
func (c *Command) config(o *options) (*Config, error) {
	cfg, err := c.LoadConfig(o.config)
	if err != nil {
		return nil, err
	}
	if cfg == nil {
		cfg = new(Config)
	}
	if o.flags.MaxConnections != 0 || o.flags.InstanceClass != "" {
		cfg.MaxConnections, cfg.InstanceClass = o.flags.MaxConnections, o.flags.InstanceClass
	}
	if o.flags.Engine != "" {
		cfg.Engine = o.flags.Engine
	}
	if o.flags.Headroom != nil {
		cfg.Headroom = o.flags.Headroom
	}
	cfg.Workloads = append(cfg.Workloads, o.workloads...)
	for _, name := range slices.Sorted(maps.Keys(o.replicas)) {
		cfg.setReplicas(name, o.replicas[name])
	}
	return cfg, cfg.Validate()
}

func (c *Config) setReplicas(name string, n int) {
	for i := range c.Workloads {
		if c.Workloads[i].Name == name {
			c.Workloads[i].Replicas = &n
			return
		}
	}
	c.Workloads = append(c.Workloads, Workload{Name: name, Replicas: &n})
}

func findLimit(ctx context.Context, cfg *Config, o *options) (Limit, *Server, error) {
	if o.dsn != "" {
		ctx, cancel := context.WithTimeout(ctx, o.timeout)
		defer cancel()
		server, err := Ask(ctx, o.dsn)
		if err != nil {
			return Limit{}, nil, err
		}
		limit := server.Limit(cfg)
		if stated, ok, err := cfg.Limit(); err == nil && ok && stated.Max != server.Max {
			server.notef("the configuration says max_connections is %d", stated.Max)
		}
		return limit, server, nil
	}
	limit, ok, err := cfg.Limit()
	if err == nil && !ok {
		err = fmt.Errorf("what the server accepts is not known: give -dsn, -max-connections or -instance-class, or state it under poolbudget in .connlint.yml")
	}
	return limit, nil, err
}

func write(w io.Writer, format string, b *Budget, server *Server) error {
	if format == "text" {
		return b.WriteText(w, server)
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(struct {
		*Budget
		Available Count   `json:"available"`
		Allowed   Count   `json:"allowed"`
		Over      Count   `json:"over"`
		Verdict   string  `json:"verdict"`
		Server    *Server `json:"server,omitempty"`
	}{b, b.Limit.Available(), b.Limit.Allowed(), b.Over(), b.Verdict(), server})
}
