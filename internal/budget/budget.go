// Package budget adds up the database connections that workloads can open and
// holds the sum against what the server accepts. It serves `connlint budget` and
// the rule poolbudget.
//
// What a program can open comes from the analysis of its code ([Program]), what
// else connects (jobs, people) and how often each program runs comes from
// [Config], and what the server accepts is a number, an RDS instance class or the
// answer of the server itself ([Limit]).
package budget

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// A Program is a main package with the pools that it can open.
type Program struct {
	Package string // import path
	Pools   []Pool
}

// A Pool is a place in the code that opens a pool, or a connection without one.
type Pool struct {
	Name string // as a person would call it: the variable or function it is stored in or opened by
	Pos  string // file:line that opens it
	// Max is the largest number of connections; [Unlimited] when nothing limits
	// it. When Unknown it is what the pool has at least.
	Max Count
	// Unknown reports that the limit is decided at run time.
	Unknown bool
	// Why says where Max comes from, or why there is none: "no SetMaxOpenConns",
	// "opened for every request", "set from a value at store.go:40".
	Why string
}

// A Row is a line of the budget.
type Row struct {
	Workload string `json:"workload"`
	Pool     string `json:"pool,omitempty"`     // empty for workloads that are not code
	Pos      string `json:"position,omitempty"` // file:line
	Each     Count  `json:"each"`               // connections of one replica
	Replicas int    `json:"replicas"`
	Sum      Count  `json:"sum"`
	// Open reports that the code does not say how many connections it is and the
	// configuration does not either: Each is the least it can be.
	Open bool   `json:"undetermined,omitempty"`
	Why  string `json:"why,omitempty"`
}

// A Budget is what all workloads together can open, against a limit.
type Budget struct {
	Rows  []Row    `json:"workloads"`
	Sum   Count    `json:"sum"`
	Limit Limit    `json:"limit"`
	Notes []string `json:"notes,omitempty"`
}

// Over returns by how many connections the sum exceeds the budget; 0 if it does
// not, Unlimited if the sum is.
func (b *Budget) Over() Count {
	switch allowed := b.Limit.Allowed(); {
	case b.Sum == Unlimited:
		return Unlimited
	case b.Sum > allowed:
		return b.Sum - allowed
	}
	return 0
}

// Undetermined lists the rows whose figure is only a lower bound.
func (b *Budget) Undetermined() []Row {
	var open []Row
	for _, r := range b.Rows {
		if r.Open {
			open = append(open, r)
		}
	}
	return open
}

// New adds up the programs and the configured workloads. It fails when the
// configuration names a package or pool that the programs do not have.
func New(cfg *Config, programs []Program, limit Limit) (*Budget, error) {
	b := &Budget{Limit: limit}
	taken := map[string]bool{}
	for i := range cfg.Workloads {
		w := &cfg.Workloads[i]
		program, err := w.program(programs)
		if err != nil {
			return nil, err
		}
		if program == nil {
			b.add(w.row())
			continue
		}
		taken[program.Package] = true
		rows, err := w.rows(program)
		if err != nil {
			return nil, err
		}
		b.add(rows...)
		if w.Replicas == nil {
			b.notef("replicas of %s are not stated: counted as 1", w.Name)
		}
	}
	for _, p := range sorted(programs) {
		if taken[p.Package] || len(p.Pools) == 0 {
			continue
		}
		w := Workload{Name: lastElement(p.Package)}
		rows, err := w.rows(&p)
		if err != nil {
			return nil, err
		}
		b.add(rows...)
		b.notef("%s is no workload of the configuration: counted with 1 replica", p.Package)
	}
	return b, nil
}

func (b *Budget) add(rows ...Row) {
	for _, r := range rows {
		r.Sum = r.Each.Times(r.Replicas)
		b.Sum = b.Sum.Plus(r.Sum)
		b.Rows = append(b.Rows, r)
	}
}

func (b *Budget) notef(format string, args ...any) {
	b.Notes = append(b.Notes, fmt.Sprintf(format, args...))
}

func sorted(programs []Program) []Program {
	return slices.SortedFunc(slices.Values(programs), func(a, b Program) int {
		return cmp.Compare(a.Package, b.Package)
	})
}

func lastElement(path string) string { return path[strings.LastIndex(path, "/")+1:] }

// OfProgram adds up one program and what the configuration itself says of the other
// workloads: those that are not code, and those with a stated pool. The sum is what is
// opened at least.
func OfProgram(cfg *Config, program Program, limit Limit) (*Budget, error) {
	own := *cfg
	own.Workloads = nil
	for _, w := range cfg.Workloads {
		switch {
		case w.about(&program) || w.Connections != nil:
			own.Workloads = append(own.Workloads, w)
		case w.Pool != nil:
			own.Workloads = append(own.Workloads, Workload{Name: w.Name, Connections: w.Pool, Replicas: w.Replicas})
		}
	}
	return New(&own, []Program{program}, limit)
}
