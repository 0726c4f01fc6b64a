// Package pgxv4: the older major version of pgx is another package.
package pgxv4

import (
	"context"

	"github.com/jackc/pgx/v4"
	"github.com/jackc/pgx/v4/pgxpool"
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

func ScanFails(ctx context.Context, conn *pgx.Conn) error {
	rows, err := conn.Query(ctx, "SELECT id FROM t") // ok: Scan closes where it fails
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

func QueryFunc(ctx context.Context, conn *pgx.Conn) error {
	var id int
	_, err := conn.QueryFunc(ctx, "SELECT id FROM t", nil, []any{&id}, func(pgx.QueryFuncRow) error { return nil }) // ok: it closes
	return err
}

// noexec: the rows end with the transaction, whose Commit fails because they keep the connection busy
func InBeginFunc(ctx context.Context, pool *pgxpool.Pool) error {
	return pool.BeginFunc(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, "SELECT id FROM t") // want "rows from .* not closed"
		if err != nil {
			return err
		}
		rows.Next()
		return nil
	})
}

func InBeginFuncClosed(ctx context.Context, pool *pgxpool.Pool) error {
	return pool.BeginFunc(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, "SELECT id FROM t") // ok: closed
		if err != nil {
			return err
		}
		defer rows.Close()
		rows.Next()
		return nil
	})
}
