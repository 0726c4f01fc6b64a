// Package pgxpools: pgx.
package pgxpools

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

func InRows(ctx context.Context, pool *pgxpool.Pool) error {
	rows, err := pool.Query(ctx, "SELECT id FROM bill")
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id int
		if err := rows.Scan(&id); err != nil {
			return err
		}
		if _, err := pool.Exec(ctx, "UPDATE bill SET seen = true WHERE id = $1", id); err != nil { // want `\(\*pgxpool\.Pool\)\.Exec wants a second`
			return err
		}
	}
	return rows.Err()
}

func Collected(ctx context.Context, pool *pgxpool.Pool) error {
	rows, err := pool.Query(ctx, "SELECT id FROM bill")
	if err != nil {
		return err
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[int])
	if err != nil {
		return err
	}
	for _, id := range ids {
		if _, err := pool.Exec(ctx, "UPDATE bill SET seen = true WHERE id = $1", id); err != nil { // ok: CollectRows has closed the rows
			return err
		}
	}
	return nil
}

func Acquired(ctx context.Context, pool *pgxpool.Pool) error {
	return pool.AcquireFunc(ctx, func(c *pgxpool.Conn) error {
		_, err := pool.Exec(ctx, "UPDATE bill SET seen = true") // want `\(\*pgxpool\.Pool\)\.Exec wants a second connection of the pool while the connection of \(\*pgxpool\.Pool\)\.AcquireFunc holds one`
		return err
	})
}
