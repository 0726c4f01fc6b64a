//go:build unix

package pgxcheck_test

import (
	"context"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/connlint/connlint/internal/testdb"
	"github.com/connlint/connlint/runtimecheck/pgxcheck"
)

// BenchmarkPool compares a pool with a checked one on a real server: wall time, the
// client's CPU time, which a busy machine distorts less, and allocations.
func BenchmarkPool(b *testing.B) {
	dsn := testdb.Postgres(b)
	ctx := context.Background()
	for _, op := range []struct {
		name string
		run  func(*pgxpool.Pool) error
	}{
		{"QueryRow", func(p *pgxpool.Pool) error {
			var n int
			return p.QueryRow(ctx, "SELECT 1").Scan(&n)
		}},
		{"Tx", func(p *pgxpool.Pool) error {
			return pgx.BeginFunc(ctx, p, func(tx pgx.Tx) error {
				_, err := tx.Exec(ctx, "SELECT 1")
				return err
			})
		}},
	} {
		b.Run(op.name+"/raw", func(b *testing.B) {
			pool := must(pgxpool.NewWithConfig(ctx, poolConfig(b, dsn)))
			defer pool.Close()
			measure(b, pool, op.run)
		})
		b.Run(op.name+"/checked", func(b *testing.B) { measure(b, pgxcheck.NewPool(b, poolConfig(b, dsn)), op.run) })
	}
}

func measure(b *testing.B, pool *pgxpool.Pool, run func(*pgxpool.Pool) error) {
	if err := run(pool); err != nil { // connects, and prepares the statement
		b.Fatal(err)
	}
	b.ReportAllocs()
	b.ResetTimer()
	before := cpu(b)
	for range b.N {
		if err := run(pool); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(cpu(b)-before)/float64(b.N), "cpu-ns/op")
}

// cpu is the process's CPU time so far in nanoseconds.
func cpu(b *testing.B) int64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return u.Utime.Nano() + u.Stime.Nano()
}
