// Package pgxrows: rows of pgx.
package pgxrows

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

func Unchecked(ctx context.Context, pool *pgxpool.Pool) (n int, err error) {
	rows, err := pool.Query(ctx, "SELECT id FROM t") // want "Err|iteration"
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	for rows.Next() {
		n++
	}
	return n, nil
}

func Checked(ctx context.Context, pool *pgxpool.Pool) (n int, err error) {
	rows, err := pool.Query(ctx, "SELECT id FROM t") // ok: asked
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	for rows.Next() {
		n++
	}
	return n, rows.Err()
}

func ErrorIgnored(ctx context.Context, pool *pgxpool.Pool) (n int, err error) {
	rows, _ := pool.Query(ctx, "SELECT id FROM t") // want "Err|iteration"
	defer rows.Close()
	for rows.Next() {
		n++
	}
	return n, nil
}

func Collected(ctx context.Context, pool *pgxpool.Pool) ([]int, error) {
	rows, _ := pool.Query(ctx, "SELECT id FROM t") // ok: CollectRows asks
	return pgx.CollectRows(rows, pgx.RowTo[int])
}

func ForEach(ctx context.Context, pool *pgxpool.Pool) (n int, err error) {
	rows, _ := pool.Query(ctx, "SELECT id FROM t") // ok: ForEachRow asks
	_, err = pgx.ForEachRow(rows, nil, func() error {
		n++
		return nil
	})
	return n, err
}

// noexec: needs a batch with a query
func InBatch(ctx context.Context, conn *pgx.Conn, b *pgx.Batch) (n int, err error) {
	res := conn.SendBatch(ctx, b)
	rows, err := res.Query() // ok: Close of the batch results hands the error out
	if err != nil {
		res.Close()
		return 0, err
	}
	for rows.Next() {
		n++
	}
	rows.Close()
	return n, res.Close()
}
