// Package pgxpoolrows: code that imports pgxpool only.
package pgxpoolrows

import (
	"context"

	"github.com/jackc/pgx/v5/pgxpool"
)

func Leaks(ctx context.Context, pool *pgxpool.Pool) (bool, error) {
	rows, err := pool.Query(ctx, "SELECT id FROM t") // want "rows from .* not closed"
	if err != nil {
		return false, err
	}
	return rows.Next(), nil
}

func Closes(ctx context.Context, pool *pgxpool.Pool) (bool, error) {
	rows, err := pool.Query(ctx, "SELECT id FROM t") // ok: deferred
	if err != nil {
		return false, err
	}
	defer rows.Close()
	return rows.Next(), nil
}

func DeferAboveCheck(ctx context.Context, pool *pgxpool.Pool) error {
	rows, err := pool.Query(ctx, "SELECT id FROM t")
	defer rows.Close() // ok: the rows are not nil where there is an error
	if err != nil {
		return err
	}
	for rows.Next() {
	}
	return rows.Err()
}

func ScanFails(ctx context.Context, pool *pgxpool.Pool) error {
	rows, err := pool.Query(ctx, "SELECT id FROM t") // ok: Scan closes where it fails, Next at the end
	if err != nil {
		return err
	}
	for rows.Next() {
		var id int
		if err := rows.Scan(&id); err != nil {
			return err
		}
	}
	return rows.Err()
}

func Break(ctx context.Context, pool *pgxpool.Pool) (id int, err error) {
	rows, err := pool.Query(ctx, "SELECT id FROM t") // want "rows from .* not closed"
	if err != nil {
		return 0, err
	}
	for rows.Next() {
		if err := rows.Scan(&id); err != nil {
			return 0, err
		}
		if id > 1 {
			break
		}
	}
	return id, rows.Err()
}

func BreakClosed(ctx context.Context, pool *pgxpool.Pool) (id int, err error) {
	rows, err := pool.Query(ctx, "SELECT id FROM t") // ok: closed after the loop
	if err != nil {
		return 0, err
	}
	for rows.Next() {
		if err := rows.Scan(&id); err != nil {
			return 0, err
		}
		if id > 1 {
			break
		}
	}
	rows.Close()
	return id, rows.Err()
}

func RowDropped(ctx context.Context, pool *pgxpool.Pool) {
	pool.QueryRow(ctx, "UPDATE t SET a = 1 RETURNING id") // want "row from"
}

func RowScanned(ctx context.Context, pool *pgxpool.Pool) (id int, err error) {
	err = pool.QueryRow(ctx, "SELECT id FROM t").Scan(&id) // ok: scanned
	return id, err
}

func OnConn(ctx context.Context, pool *pgxpool.Pool) (bool, error) {
	conn, err := pool.Acquire(ctx)
	if err != nil {
		return false, err
	}
	defer conn.Release()
	rows, err := conn.Query(ctx, "SELECT id FROM t") // ok: Release destroys a busy connection
	if err != nil {
		return false, err
	}
	return rows.Next(), nil
}

func Cancelled(ctx context.Context, pool *pgxpool.Pool) (bool, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	rows, err := pool.Query(ctx, "SELECT id FROM t") // want "rows from .* not closed"
	if err != nil {
		return false, err
	}
	return rows.Next(), nil
}
