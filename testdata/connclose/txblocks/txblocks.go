// Package txblocks: Close of a *sql.Conn waits for the transaction that is open on it.
package txblocks

import (
	"context"
	"database/sql"
)

// The fault is the transaction's, see txdone/onconn; the connection itself is closed.
func Closed(ctx context.Context, db *sql.DB) error {
	conn, err := db.Conn(ctx) // ok: deferred
	if err != nil {
		return err
	}
	defer conn.Close()
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	_, err = tx.ExecContext(ctx, "UPDATE t SET a = 1")
	return err
}
