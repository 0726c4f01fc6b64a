// Package testfile: a test's connections end with its process, those of the code under
// test do not.
package testfile

import (
	"context"
	"database/sql"
)

func Ping(ctx context.Context, db *sql.DB) error {
	conn, err := db.Conn(ctx) // want "connection from .* not (closed|released)"
	if err != nil {
		return err
	}
	return conn.PingContext(ctx)
}
