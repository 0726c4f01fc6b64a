// Package fix: the suggested fixes of connclose.
package fix

import (
	"context"
	"database/sql"

	"github.com/jackc/pgx/v5/pgxpool"
)

func Conn(ctx context.Context, db *sql.DB) error {
	conn, err := db.Conn(ctx) // want "connection from .* not (closed|released)"
	if err != nil {
		return err
	}
	_, err = conn.ExecContext(ctx, "UPDATE t SET a = 1")
	return err
}

func Pool(ctx context.Context, pool *pgxpool.Pool) error {
	conn, err := pool.Acquire(ctx) // want "connection from .* not (closed|released)"
	if err != nil {
		return err
	}
	return conn.Ping(ctx)
}
