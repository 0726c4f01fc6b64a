package runtimecheck_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"io"
	"testing"

	"github.com/connlint/connlint/runtimecheck"
)

// A noop driver does nothing, so that a benchmark shows what database/sql and the check cost.
type (
	noopConnector struct{}
	noopConn      struct{}
	noopRows      struct{ done bool }
	noopTx        struct{}
)

func (noopConnector) Connect(context.Context) (driver.Conn, error) { return &noopConn{}, nil }
func (noopConnector) Driver() driver.Driver                        { return fakeDriver{} }
func (*noopConn) Prepare(string) (driver.Stmt, error)              { return nil, errFake }
func (*noopConn) Close() error                                     { return nil }
func (*noopConn) Begin() (driver.Tx, error)                        { return noopTx{}, nil }
func (*noopConn) BeginTx(context.Context, driver.TxOptions) (driver.Tx, error) {
	return noopTx{}, nil
}
func (*noopConn) ResetSession(context.Context) error { return nil }
func (*noopConn) IsValid() bool                      { return true }
func (*noopConn) ExecContext(context.Context, string, []driver.NamedValue) (driver.Result, error) {
	return driver.RowsAffected(1), nil
}
func (*noopConn) QueryContext(context.Context, string, []driver.NamedValue) (driver.Rows, error) {
	return &noopRows{}, nil
}
func (noopTx) Commit() error        { return nil }
func (noopTx) Rollback() error      { return nil }
func (*noopRows) Columns() []string { return []string{"n"} }
func (*noopRows) Close() error      { return nil }
func (r *noopRows) Next(dest []driver.Value) error {
	if r.done {
		return io.EOF
	}
	r.done = true
	dest[0] = int64(1)
	return nil
}

// benchmark runs f on a raw, a checked and a Nested handle of each database.
func benchmark(b *testing.B, f func(b *testing.B, db *sql.DB)) {
	for _, x := range []struct {
		name      string
		connector func(testing.TB) driver.Connector
	}{
		{"noop", func(testing.TB) driver.Connector { return noopConnector{} }},
		{"sqlite", backends[0].connector},
		{"postgres", backends[1].connector},
		{"mariadb", backends[3].connector},
	} {
		b.Run(x.name, func(b *testing.B) {
			c := x.connector(b)
			b.Run("raw", func(b *testing.B) {
				db := sql.OpenDB(c)
				defer db.Close()
				measured(b, db, f)
			})
			b.Run("checked", func(b *testing.B) { measured(b, runtimecheck.OpenDB(b, keep{c}), f) })
			b.Run("nested", func(b *testing.B) { measured(b, runtimecheck.OpenDB(b, keep{c}, runtimecheck.Nested()), f) })
		})
	}
}

// measured adds the CPU time of this process, which does not depend on what else the machine does.
func measured(b *testing.B, db *sql.DB, f func(*testing.B, *sql.DB)) {
	b.ReportAllocs()
	before := cpuTime()
	f(b, db)
	b.ReportMetric(float64(cpuTime()-before)/float64(b.N), "cpu-ns/op")
}

// keep hides a connector's Close: it serves several handles.
type keep struct{ driver.Connector }

func BenchmarkQueryRow(b *testing.B) {
	benchmark(b, func(b *testing.B, db *sql.DB) {
		ctx := context.Background()
		for b.Loop() {
			var n int
			if err := db.QueryRowContext(ctx, "SELECT 1").Scan(&n); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkTx(b *testing.B) {
	benchmark(b, func(b *testing.B, db *sql.DB) {
		ctx := context.Background()
		for b.Loop() {
			tx, err := db.BeginTx(ctx, nil)
			if err != nil {
				b.Fatal(err)
			}
			if _, err := tx.ExecContext(ctx, "SELECT 1"); err != nil {
				b.Fatal(err)
			}
			if err := tx.Commit(); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkOpenDB is what a check costs that finds nothing: there is no sleep in it.
func BenchmarkOpenDB(b *testing.B) {
	for b.Loop() {
		r := newRecorder(b)
		runtimecheck.OpenDB(r, noopConnector{})
		r.finish()
	}
}
