package pgxcheck_test

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/connlint/connlint/internal/testdb"
	"github.com/connlint/connlint/runtimecheck"
	"github.com/connlint/connlint/runtimecheck/pgxcheck"
)

// The functions below are the code under test: each leaks in its own way.

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func leakRows(pool *pgxpool.Pool) {
	rows := must(pool.Query(context.Background(), "SELECT generate_series(1, 3)"))
	rows.Next()
}

func leakRowsCancellable(ctx context.Context, pool *pgxpool.Pool) {
	rows := must(pool.Query(ctx, "SELECT generate_series(1, 3)"))
	rows.Next()
}

func leakRow(pool *pgxpool.Pool) { _ = pool.QueryRow(context.Background(), "SELECT 1") }

func leakTx(pool *pgxpool.Pool) {
	tx := must(pool.Begin(context.Background()))
	must(tx.Exec(context.Background(), "SELECT 'last'"))
}

func leakTxByStatement(pool *pgxpool.Pool) {
	c := must(pool.Acquire(context.Background()))
	must(c.Exec(context.Background(), "BEGIN"))
}

func leakRowsInTx(pool *pgxpool.Pool) {
	tx := must(pool.Begin(context.Background()))
	must(tx.Query(context.Background(), "SELECT generate_series(1, 3)"))
}

func leakAcquire(pool *pgxpool.Pool) { must(pool.Acquire(context.Background())) }

func leakRowsOnAcquired(pool *pgxpool.Pool) {
	c := must(pool.Acquire(context.Background()))
	must(c.Query(context.Background(), "SELECT generate_series(1, 3)"))
}

func leakBatch(pool *pgxpool.Pool) {
	b := &pgx.Batch{}
	b.Queue("SELECT 1")
	b.Queue("SELECT 2")
	pool.SendBatch(context.Background(), b)
}

func leakHijacked(pool *pgxpool.Pool) { must(pool.Acquire(context.Background())).Hijack() }

func leakBare(pool *pgxpool.Pool) {
	must(pgx.ConnectConfig(context.Background(), pool.Config().ConnConfig))
}

func leakBareTx(pool *pgxpool.Pool) {
	c := must(pgx.ConnectConfig(context.Background(), pool.Config().ConnConfig))
	must(c.Begin(context.Background()))
}

func releaseInTx(pool *pgxpool.Pool) {
	c := must(pool.Acquire(context.Background()))
	must(c.Begin(context.Background()))
	c.Release()
}

func releaseBusy(pool *pgxpool.Pool) {
	c := must(pool.Acquire(context.Background()))
	must(c.Query(context.Background(), "SELECT generate_series(1, 3)"))
	c.Release()
}

// A want is a leak that a report must have, and no other.
type want struct {
	kind runtimecheck.Kind
	api  string
	fn   string // of this file, that called api
}

// TestMatrix has the column "pgx tracer" of the table "leak kind × path", a subtest for each cell.
func TestMatrix(t *testing.T) {
	t.Parallel()
	dsn := testdb.Postgres(t)
	const (
		rows  = runtimecheck.KindRows
		tx    = runtimecheck.KindTx
		conn  = runtimecheck.KindConn
		batch = runtimecheck.KindBatch
		dirty = runtimecheck.KindDirtyRelease
	)
	for _, test := range []struct {
		cell string
		leak func(*pgxpool.Pool)
		want []want
	}{
		{"Rows, Background ctx", leakRows, []want{{rows, "(*pgxpool.Pool).Query", "leakRows"}}},
		{"QueryRow, no Scan", leakRow, []want{{rows, "(*pgxpool.Pool).QueryRow", "leakRow"}}},
		{"Tx", leakTx, []want{{tx, "(*pgxpool.Pool).Begin", "leakTx"}}},
		{"Tx begun by SQL", leakTxByStatement, []want{{conn, "(*pgxpool.Pool).Acquire", "leakTxByStatement"}, {tx, "(*pgxpool.Conn).Exec", "leakTxByStatement"}}},
		{"Rows in a Tx", leakRowsInTx, []want{{tx, "(*pgxpool.Pool).Begin", "leakRowsInTx"}, {rows, "(*pgxpool.Tx).Query", "leakRowsInTx"}}},
		{"Acquire", leakAcquire, []want{{conn, "(*pgxpool.Pool).Acquire", "leakAcquire"}}},
		{"Rows on an acquired connection", leakRowsOnAcquired, []want{{conn, "(*pgxpool.Pool).Acquire", "leakRowsOnAcquired"}, {rows, "(*pgxpool.Conn).Query", "leakRowsOnAcquired"}}},
		{"BatchResults", leakBatch, []want{{batch, "(*pgxpool.Pool).SendBatch", "leakBatch"}}},
		{"Hijack", leakHijacked, []want{{conn, "(*pgxpool.Pool).Acquire", "leakHijacked"}}},
		{"bare pgx.Conn", leakBare, []want{{conn, "pgx.ConnectConfig", "leakBare"}}},
		{"Tx on a bare pgx.Conn", leakBareTx, []want{{conn, "pgx.ConnectConfig", "leakBareTx"}, {tx, "(*pgx.Conn).Begin", "leakBareTx"}}},
		{"dirty release in a Tx", releaseInTx, []want{{dirty, "(*pgxpool.Conn).Release", "releaseInTx"}}},
		{"dirty release with unread Rows", releaseBusy, []want{{dirty, "(*pgxpool.Conn).Release", "releaseBusy"}}},
	} {
		t.Run(test.cell, func(t *testing.T) {
			t.Parallel()
			got := leaksOf(t, dsn, func(_ context.Context, pool *pgxpool.Pool) { test.leak(pool) })
			expect(t, got, test.want)
		})
	}
	t.Run("Rows, cancellable ctx", func(t *testing.T) {
		t.Parallel()
		// Cancelling t.Context() heals nothing here: pgxpool does not release by context.
		got := leaksOf(t, dsn, leakRowsCancellable)
		expect(t, got, []want{{rows, "(*pgxpool.Pool).Query", "leakRowsCancellable"}})
	})
}

// leaksOf runs code in a test of its own and returns what its pool reports.
func leaksOf(t *testing.T, dsn string, code func(context.Context, *pgxpool.Pool), opts ...runtimecheck.Option) (got *runtimecheck.LeakError) {
	t.Helper()
	t.Run("code", func(t *testing.T) {
		opts = append(opts, runtimecheck.Settle(50*time.Millisecond), runtimecheck.OnLeak(func(e *runtimecheck.LeakError) { got = e }))
		code(t.Context(), pgxcheck.NewPool(t, poolConfig(t, dsn), opts...))
	})
	return got
}

func poolConfig(t testing.TB, dsn string) *pgxpool.Config {
	t.Helper()
	cfg, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

func expect(t *testing.T, got *runtimecheck.LeakError, wants []want) {
	t.Helper()
	if got == nil {
		t.Fatalf("nothing reported, want %v", wants)
	}
	t.Log(got)
	if len(got.Leaks) != len(wants) {
		t.Fatalf("%d leaks, want %d", len(got.Leaks), len(wants))
	}
	for i, w := range wants {
		l := got.Leaks[i]
		if l.Kind != w.kind || l.API != w.api {
			t.Errorf("leak %d is a %s of %s, want a %s of %s", i, l.Kind, l.API, w.kind, w.api)
		}
		if len(l.Stack) == 0 || !strings.HasSuffix(l.Stack[0].Function, "."+w.fn) || filepath.Ext(l.Stack[0].File) != ".go" || l.Stack[0].Line == 0 {
			t.Errorf("leak %d: the stack is %v, want the first frame to be %s", i, l.Stack, w.fn)
		}
	}
}
