package budget

import (
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// DefaultHeadroom is the part of the server's connections that stays free when
// the configuration does not say otherwise: it is for failover, deployments that
// run old and new replicas side by side, and for the person who has to look.
const DefaultHeadroom Percent = 20

// A Config is the section "poolbudget" of .connlint.yml.
type Config struct {
	// Engine is what the server runs, needed with an instance class only.
	Engine Engine `yaml:"engine,omitempty"`
	// MaxConnections is the server's max_connections.
	MaxConnections int `yaml:"max-connections,omitempty"`
	// InstanceClass is an RDS or Aurora class, such as db.t3.medium.
	InstanceClass string `yaml:"instance-class,omitempty"`
	// Reserved connections are not for workloads: superuser_reserved_connections
	// of PostgreSQL. Nil means the engine's default.
	Reserved *int `yaml:"reserved,omitempty"`
	// Headroom stays free. Nil means DefaultHeadroom.
	Headroom *Percent `yaml:"headroom,omitempty"`
	// Workloads are the programs of this repository with their replicas, and
	// whatever else connects to the server.
	Workloads []Workload `yaml:"workloads,omitempty"`
}

// A Workload is a program with its replicas, or something else that connects.
type Workload struct {
	Name string `yaml:"name"`
	// Package is the main package of a program, as an import path or a path
	// below the module's root: ./cmd/api.
	Package string `yaml:"package,omitempty"`
	// Replicas is the largest number that runs at the same time: the upper limit
	// of an autoscaling group, the reserved concurrency of a Lambda function.
	Replicas *int `yaml:"replicas,omitempty"`
	// Pool is what each pool of the program can open, for limits that are
	// decided at run time. It overrides the code.
	Pool *int `yaml:"pool,omitempty"`
	// Pools is Pool for single pools, by the name that the table prints. A 0
	// takes out a pool that belongs to another server.
	Pools map[string]int `yaml:"pools,omitempty"`
	// Connections is what one replica of a workload without code here opens.
	Connections *int `yaml:"connections,omitempty"`
}

// Set parses the section as YAML or JSON: a Config is the value of a flag.
func (c *Config) Set(text string) error {
	var parsed Config
	dec := yaml.NewDecoder(strings.NewReader(text))
	dec.KnownFields(true)
	if err := dec.Decode(&parsed); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if err := parsed.Validate(); err != nil {
		return err
	}
	*c = parsed
	return nil
}

// String returns what Set parses, on one line.
func (c *Config) String() string {
	var node yaml.Node
	if c == nil || node.Encode(c) != nil {
		return ""
	}
	flow(&node)
	text, err := yaml.Marshal(&node)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(strings.ReplaceAll(string(text), "\n", " "))
}

// flow makes a node and those below it be written in braces.
func flow(n *yaml.Node) {
	n.Style |= yaml.FlowStyle
	for _, c := range n.Content {
		flow(c)
	}
}

// Validate reports the first contradiction or figure out of range.
func (c *Config) Validate() error {
	if c.MaxConnections < 0 {
		return fmt.Errorf("poolbudget: max-connections is %d", c.MaxConnections)
	}
	if c.MaxConnections > 0 && c.InstanceClass != "" {
		return fmt.Errorf("poolbudget: max-connections and instance-class are both given: keep one")
	}
	if c.Reserved != nil && *c.Reserved < 0 {
		return fmt.Errorf("poolbudget: reserved is %d", *c.Reserved)
	}
	if c.Engine != "" && !c.Engine.known() {
		return fmt.Errorf("poolbudget: unknown engine %q: it is one of %s", c.Engine, strings.Join(engineNames(), ", "))
	}
	names := map[string]bool{}
	for i := range c.Workloads {
		w := &c.Workloads[i]
		if err := w.validate(); err != nil {
			return fmt.Errorf("poolbudget: workload %d: %v", i+1, err)
		}
		if names[w.Name] {
			return fmt.Errorf("poolbudget: workload %d: there are two workloads %q", i+1, w.Name)
		}
		names[w.Name] = true
	}
	return nil
}

func (w *Workload) validate() error {
	if w.Name == "" {
		return fmt.Errorf("name is missing")
	}
	if w.Connections != nil && (w.Package != "" || w.Pool != nil || len(w.Pools) > 0) {
		return fmt.Errorf("%s: connections is for what is not code of this repository, package and pool for what is", w.Name)
	}
	figures := map[string]*int{"replicas": w.Replicas, "pool": w.Pool, "connections": w.Connections}
	for _, key := range []string{"replicas", "pool", "connections"} {
		if n := figures[key]; n != nil && *n < 0 {
			return fmt.Errorf("%s: %s is %d", w.Name, key, *n)
		}
	}
	for name, n := range w.Pools {
		if n < 0 {
			return fmt.Errorf("%s: pools: %s is %d", w.Name, name, n)
		}
	}
	return nil
}

// program returns the program that w is about; nil if it is about none.
func (w *Workload) program(programs []Program) (*Program, error) {
	if w.Connections != nil {
		return nil, nil
	}
	for i := range programs {
		p := &programs[i]
		if w.about(p) {
			return p, nil
		}
	}
	var found []string
	for _, p := range sorted(programs) {
		found = append(found, p.Package)
	}
	what := "no main package"
	if len(found) > 0 {
		what = "only " + strings.Join(found, ", ")
	}
	if w.Package != "" {
		return nil, fmt.Errorf("poolbudget: workload %s: package %s opens no pool: the analyzed packages hold %s", w.Name, w.Package, what)
	}
	return nil, fmt.Errorf("poolbudget: workload %s has no connections and is no program that opens a pool: the analyzed packages hold %s", w.Name, what)
}

// about reports whether w is the workload of the program.
func (w *Workload) about(p *Program) bool {
	if w.Connections != nil {
		return false
	}
	if w.Package == "" {
		return lastElement(p.Package) == w.Name
	}
	return matches(p.Package, w.Package)
}

// matches reports whether pattern, an import path or one below the module's root,
// stands for the package.
func matches(pkg, pattern string) bool {
	pattern = strings.Trim(strings.TrimPrefix(pattern, "./"), "/")
	return pkg == pattern || pattern == "." || strings.HasSuffix(pkg, "/"+pattern)
}

// row returns the line of a workload that is not code.
func (w *Workload) row() Row {
	return Row{Workload: w.Name, Each: Count(*w.Connections), Replicas: w.replicas()}
}

// rows returns a line for each pool of the program.
func (w *Workload) rows(p *Program) ([]Row, error) {
	known := map[string]bool{}
	var rows []Row
	for _, pool := range p.Pools {
		known[pool.Name] = true
		r := Row{
			Workload: w.Name,
			Pool:     pool.Name,
			Pos:      pool.Pos,
			Each:     pool.Max,
			Replicas: w.replicas(),
			Open:     pool.Unknown,
			Why:      pool.Why,
		}
		if n, ok := w.configured(pool.Name); ok {
			r.Each, r.Open, r.Why = Count(n), false, "stated in the configuration"
		}
		rows = append(rows, r)
	}
	for name := range w.Pools {
		if !known[name] {
			return nil, fmt.Errorf("poolbudget: workload %s: %s has no pool %q", w.Name, p.Package, name)
		}
	}
	return rows, nil
}

func (w *Workload) configured(pool string) (int, bool) {
	if n, ok := w.Pools[pool]; ok {
		return n, true
	}
	if w.Pool != nil {
		return *w.Pool, true
	}
	return 0, false
}

func (w *Workload) replicas() int {
	if w.Replicas == nil {
		return 1
	}
	return *w.Replicas
}

// A Percent is a part of a hundred, written "20%", "20 %" or 20.
type Percent float64

// ParsePercent parses s. A percentage is at least 0 and less than 100; a positive
// one below 1 is taken for a mistaken fraction.
func ParsePercent(s string) (Percent, error) {
	f, err := strconv.ParseFloat(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(s), "%")), 64)
	switch {
	case err != nil || math.IsNaN(f):
		return 0, fmt.Errorf("%q is not a percentage", s)
	case f < 0 || f >= 100:
		return 0, fmt.Errorf("%q is not a percentage between 0 and 100", s)
	case f > 0 && f < 1:
		return 0, fmt.Errorf("%q is less than one percent: write 20%% for a fifth", s)
	}
	return Percent(f), nil
}

// UnmarshalYAML parses the scalar node.
func (p *Percent) UnmarshalYAML(node *yaml.Node) error {
	v, err := ParsePercent(node.Value)
	if err != nil {
		return fmt.Errorf("line %d: %v", node.Line, err)
	}
	*p = v
	return nil
}

// String returns p as "20 %".
func (p Percent) String() string { return strconv.FormatFloat(float64(p), 'f', -1, 64) + " %" }
