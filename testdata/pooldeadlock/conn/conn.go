// Package conn: a checked-out connection is held.
package conn

import (
	"context"
	"database/sql"
)

func Locked(ctx context.Context, db *sql.DB) error {
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	if _, err := conn.ExecContext(ctx, "SELECT pg_advisory_lock(1)"); err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, "UPDATE total SET n = 1") // want `ExecContext wants a second connection of the pool while the connection conn holds one`
	return err
}

func OnIt(ctx context.Context, db *sql.DB) error {
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	tx, err := conn.BeginTx(ctx, nil) // ok: on the connection that is held
	if err != nil {
		return err
	}
	defer tx.Rollback()
	return tx.Commit()
}
