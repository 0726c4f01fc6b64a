package track

import (
	"context"
	"database/sql/driver"
	"time"
)

// A Config is what the options of runtimecheck set.
type Config struct {
	Settle       time.Duration // how long to wait for things to come back
	Stmts        bool
	Nested       bool
	RawConns     bool
	RunOnFailure bool
	Handles      bool          // that a test made must be closed
	MaxHold      time.Duration // 0: no limit
	MaxSessions  int           // 0: no limit
	MaxConnects  int           // 0: no limit
	HangAfter    time.Duration // 0: shortly before the test's deadline; < 0: never
	IgnoreFuncs  []string
	IgnoreOpen   map[*Handle]uint64
	OnLeak       func(*Report)
	Probe        Probe
	SessionState bool

	// For Sweep.
	Faults   []Fault // empty: all
	MaxRuns  int
	Tolerate bool
}

// An Option changes a Config.
type Option interface{ Apply(*Config) }

// An OptionFunc is an Option made of a function.
type OptionFunc func(*Config)

// Apply implements Option.
func (f OptionFunc) Apply(c *Config) { f(c) }

// NewConfig applies options to the defaults.
func NewConfig(opts []Option) *Config {
	c := &Config{Settle: 2 * time.Second, MaxRuns: 1000}
	for _, o := range opts {
		if o != nil {
			o.Apply(c)
		}
	}
	return c
}

// A Probe asks the database server what it knows. All methods may be called by several goroutines
// at once. Errors of Begin and Inspect are shown in the report, they are not leaks.
type Probe interface {
	// Begin is called when a check starts watching, before anything is opened.
	Begin(ctx context.Context) error
	// Identify returns the server's number of the session behind a new driver connection.
	Identify(ctx context.Context, dc driver.Conn) (int64, error)
	// Inspect is called after the client side has settled and before the handle is closed. It fills Server of the
	// report's leaks and appends leaks of its own.
	Inspect(ctx context.Context, r *Report) error
	// Blockers says, for the hang guard, which of these sessions wait for which others, one line each.
	Blockers(ctx context.Context, conns []*Conn) []string
	// Terminate ends a session that a goroutine may still be using.
	Terminate(ctx context.Context, session int64) error
}
