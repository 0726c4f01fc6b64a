// Package sqlxconn: a *sqlx.Conn is a *sql.Conn.
package sqlxconn

import (
	"context"

	"github.com/jmoiron/sqlx"
)

func Leaks(ctx context.Context, db *sqlx.DB) error {
	conn, err := db.Connx(ctx) // want "connection from .* not (closed|released)"
	if err != nil {
		return err
	}
	return conn.PingContext(ctx)
}

func Closes(ctx context.Context, db *sqlx.DB) error {
	conn, err := db.Connx(ctx) // ok: the promoted Close
	if err != nil {
		return err
	}
	defer conn.Close()
	return conn.PingContext(ctx)
}
