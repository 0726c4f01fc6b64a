package harness

import (
	"context"
	"database/sql"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

func TestMain(m *testing.M) {
	flag.Parse()
	if testing.Short() {
		fmt.Println("harness: needs a database server and a minute, left out by -short")
		return
	}
	p, err := startPostgres()
	if err != nil {
		log.Fatal(err)
	}
	code := m.Run()
	if err := p.close(); err != nil {
		log.SetOutput(os.Stderr)
		log.Print(err)
	}
	os.Exit(code)
}

func TestSpecimens(t *testing.T) {
	functions, err := Functions("..", Rules)
	if err != nil {
		t.Fatal(err)
	}
	log.SetOutput(io.Discard) // the specimens log
	executed, runs, skipped := 0, 0, 0
	seen := map[string]bool{}
	for _, f := range functions {
		if f.NoExec != "" {
			skipped++
			continue
		}
		fn, ok := table[f.Key()]
		if !ok {
			t.Errorf("%s:%d: %s is not in the table; run go generate ./harness", f.File, f.Line, f.Name)
			continue
		}
		seen[f.Key()] = true
		executed++
		t.Run(f.Key(), func(t *testing.T) { runs += execute(t, f, reflect.ValueOf(fn)) })
	}
	for key := range table {
		if !seen[key] {
			t.Errorf("%s is in the table and not in the specimens; run go generate ./harness", key)
		}
	}
	t.Logf("%d functions executed in %d runs; %d cannot be executed", executed, runs, skipped)
}

// execute holds what happens in a sweep over one function against what is expected.
// It returns the number of runs.
func execute(t *testing.T, f *Function, fn reflect.Value) int {
	limit := slow
	if f.Want {
		limit = hangs
	}
	found, err := sweep(f.Rule, fn, limit)
	switch {
	case err != nil:
		t.Errorf("%s:%d: %s: %v; if it cannot be executed say why in a comment \"noexec: ...\"", f.File, f.Line, f.Name, err)
	case found.faults != nil && !f.Want:
		t.Errorf("%s:%d: %s%v: %s, but no diagnostic is expected", f.File, f.Line, f.Name, found.scenario, strings.Join(found.faults, "; "))
	case found.faults == nil && f.Want:
		t.Errorf("%s:%d: %s: a diagnostic is expected, but nothing goes wrong in %d runs", f.File, f.Line, f.Name, found.runs)
	}
	return found.runs
}

// TestSweep shows what the harness finds out, and what it leaves alone.
func TestSweep(t *testing.T) {
	for _, tt := range []struct {
		name, rule string
		fn         any
		want       string // in the fault, or "" if there is none
	}{
		{"rows left open", "rowsclose", func(db *sql.DB) {
			_, _ = db.Query("SELECT id FROM t")
		}, "1 rows left open"},
		{"rows left open where Scan fails", "rowsclose", func(db *sql.DB) error {
			rows, err := db.Query("SELECT id FROM t")
			if err != nil {
				return err
			}
			var id int
			for rows.Next() {
				if err := rows.Scan(&id); err != nil {
					return err
				}
			}
			return rows.Err()
		}, "1 rows left open"},
		{"rows left open for one argument", "rowsclose", func(db *sql.DB, leak bool) {
			if rows, err := db.Query("SELECT id FROM t"); err == nil && !leak {
				rows.Close()
			}
		}, "1 rows left open"},
		{"rows handed to the caller", "rowsclose", func(db *sql.DB) (*sql.Rows, error) {
			return db.Query("SELECT id FROM t")
		}, ""},
		{"rows of a context that is cancelled", "rowsclose", func(ctx context.Context, db *sql.DB) {
			ctx, cancel := context.WithCancel(ctx)
			defer cancel()
			_, _ = db.QueryContext(ctx, "SELECT id FROM t")
		}, ""},
		{"nil dereference", "rowsclose", func(db *sql.DB) {
			rows, _ := db.Query("SELECT id FROM t")
			rows.Close()
		}, "panics"},
		{"panic of its own", "rowsclose", func(db *sql.DB) {
			_, _ = db.Query("SELECT id FROM t")
			panic("no way out")
		}, ""},
		{"Close that waits for rows", "rowsclose", func(ctx context.Context, db *sql.DB) {
			if conn, err := db.Conn(ctx); err == nil {
				_, _ = conn.QueryContext(ctx, "SELECT id FROM t")
				conn.Close()
			}
		}, "hangs"},
		{"more connections than there are", "connclose", func(ctx context.Context, db *sql.DB, n int) {
			for range n {
				if conn, err := db.Conn(ctx); err == nil {
					defer conn.Close()
				}
			}
		}, "hangs"},
		{"connection left out", "connclose", func(ctx context.Context, db *sql.DB) {
			_, _ = db.Conn(ctx)
		}, "1 connections in use"},
		{"pool left open", "connclose", func() error {
			db, err := sql.Open("specimen", "")
			if err != nil {
				return err
			}
			return db.Ping()
		}, "1 pool left open"},
		{"statement left open", "stmtclose", func(db *sql.DB) {
			_, _ = db.Prepare("SELECT id FROM t")
		}, "1 stmt left open"},
		{"transaction left open", "txdone", func(db *sql.DB) {
			_, _ = db.Begin()
		}, "1 tx left open"},
		{"failed commit that nobody hears of", "txdone", func(db *sql.DB) error {
			tx, err := db.Begin()
			if err != nil {
				return err
			}
			_ = tx.Commit()
			return nil
		}, "Commit failed"},
		{"commit after a failure", "txdone", func(db *sql.DB) error {
			tx, err := db.Begin()
			if err != nil {
				return err
			}
			_, _ = tx.Exec("UPDATE t SET a = 1")
			return tx.Commit()
		}, "something had failed"},
		{"connection of pgx acquired", "connclose", func(ctx context.Context, pool *pgxpool.Pool) {
			_, _ = pool.Acquire(ctx)
		}, "1 connections acquired"},
		{"connection of pgx left open", "connclose", func(ctx context.Context, name string) {
			_, _ = pgx.Connect(ctx, name)
		}, "1 connections to the server left open"},
		{"connection of pgx left busy", "rowsclose", func(ctx context.Context, conn *pgx.Conn) {
			_, _ = conn.Query(ctx, "SELECT id FROM t")
		}, "busy"},
		{"rows of pgx closed by the scan that fails", "rowsclose", func(ctx context.Context, conn *pgx.Conn) error {
			rows, err := conn.Query(ctx, "SELECT id FROM t")
			if err != nil {
				return err
			}
			var id int
			for rows.Next() {
				if err := rows.Scan(&id); err != nil {
					return err
				}
			}
			return rows.Err()
		}, ""},
		{"transaction of pgx left open", "txdone", func(ctx context.Context, pool *pgxpool.Pool) {
			_, _ = pool.Begin(ctx)
		}, "1 connections acquired"},
		{"rows of pgx whose context is cancelled", "rowsclose", func(ctx context.Context, pool *pgxpool.Pool) {
			ctx, cancel := context.WithCancel(ctx)
			defer cancel()
			_, _ = pool.Query(ctx, "SELECT id FROM t")
		}, "1 connections acquired"},
		{"read error that is lost", "rowserr", func(db *sql.DB) error {
			rows, err := db.Query("SELECT id FROM t")
			if err != nil {
				return err
			}
			for rows.Next() {
			}
			return nil
		}, "read failed"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			found, err := sweep(tt.rule, reflect.ValueOf(tt.fn), hangs)
			if err != nil {
				t.Fatal(err)
			}
			got := strings.Join(found.faults, "; ")
			if tt.want == "" && got != "" || !strings.Contains(got, tt.want) {
				t.Errorf("found %q, want %q (%d runs, the last %v)", got, tt.want, found.runs, found.scenario)
			}
		})
	}
}

func TestSweepRefuses(t *testing.T) {
	if _, err := sweep("rowsclose", reflect.ValueOf(func(chan int) {}), hangs); err == nil {
		t.Error("no error for a parameter that cannot be made")
	}
}
