package pgxcheck_test

import (
	"context"
	"database/sql"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/connlint/connlint/internal/testdb"
	"github.com/connlint/connlint/runtimecheck"
	"github.com/connlint/connlint/runtimecheck/pgxcheck"
)

func leakSQLRows(ctx context.Context, db *sql.DB) {
	must(db.QueryContext(ctx, "SELECT generate_series(1, 3)")).Next()
}
func leakSQLRow(ctx context.Context, db *sql.DB) { db.QueryRowContext(ctx, "SELECT 1") }
func leakSQLTx(ctx context.Context, db *sql.DB) {
	must(must(db.BeginTx(ctx, nil)).Exec("SELECT 'last'"))
}
func leakSQLConn(ctx context.Context, db *sql.DB) { must(db.Conn(ctx)) }

// leakSQLConnAgain leaks a connection that an earlier call has opened.
func leakSQLConnAgain(ctx context.Context, db *sql.DB) {
	must(db.Exec("SELECT 1"))
	must(db.Conn(ctx))
}

// database/sql over pgx without a wrapper: Raw gives the driver's own connection, leaks have their lines.
func TestOpenDB(t *testing.T) {
	t.Parallel()
	cfg := must(pgx.ParseConfig(testdb.Postgres(t)))
	const (
		rows = runtimecheck.KindRows
		tx   = runtimecheck.KindTx
		conn = runtimecheck.KindConn
	)
	for _, test := range []struct {
		cell   string
		leak   func(context.Context, *sql.DB)
		want   want
		healed bool // by the end of t.Context
	}{
		{"Rows", leakSQLRows, want{rows, "(*sql.DB).QueryContext", "leakSQLRows"}, true},
		{"QueryRow, no Scan", leakSQLRow, want{rows, "(*sql.DB).QueryRowContext", "leakSQLRow"}, true},
		{"Tx", leakSQLTx, want{tx, "(*sql.DB).BeginTx", "leakSQLTx"}, true},
		{"Conn", leakSQLConn, want{conn, "(*sql.DB).Conn", "leakSQLConn"}, false},
		{"Conn taken again", leakSQLConnAgain, want{conn, "(*sql.DB).Conn", "leakSQLConnAgain"}, false},
	} {
		for _, background := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, background %v", test.cell, background), func(t *testing.T) {
				var got *runtimecheck.LeakError
				t.Run("code", func(t *testing.T) {
					ctx := t.Context()
					if background {
						ctx = context.Background()
					}
					db := pgxcheck.OpenDB(t, cfg, runtimecheck.Settle(500*time.Millisecond), runtimecheck.OnLeak(func(e *runtimecheck.LeakError) { got = e }))
					test.leak(ctx, db)
				})
				expect(t, got, []want{test.want})
				if note := got.Leaks[0].Note; test.healed && !background && note == "" {
					t.Error("nothing says that it ended only with t.Context()")
				}
			})
		}
	}
	t.Run("clean, with Raw", func(t *testing.T) {
		start := time.Now()
		t.Cleanup(func() {
			if d := time.Since(start); d > time.Second {
				t.Errorf("a clean test took %v", d)
			}
		})
		db := pgxcheck.OpenDB(t, cfg, runtimecheck.SessionState())
		c := must(db.Conn(t.Context()))
		defer c.Close()
		err := c.Raw(func(dc any) error {
			_, err := dc.(*stdlib.Conn).Conn().Exec(t.Context(), "SELECT 1")
			return err
		})
		if err != nil {
			t.Error(err)
		}
		must(db.Exec("SELECT 1"))
	})
}
