// Package store takes advisory locks for others.
package store

import (
	"context"
	"database/sql"
)

// A Lock is a connection whose session has the lock.
type Lock struct{ conn *sql.Conn }

func TryLock(ctx context.Context, db *sql.DB, key int) (*Lock, bool, error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, false, err
	}
	var got bool
	if err := conn.QueryRowContext(ctx, "SELECT pg_try_advisory_lock($1)", key).Scan(&got); err != nil || !got {
		conn.Close()
		return nil, false, err
	}
	return &Lock{conn: conn}, true, nil
}

func (l *Lock) Release() error { return l.conn.Close() }

// LockIn takes a lock that lasts as long as the transaction.
func LockIn(ctx context.Context, tx *sql.Tx, key int) error {
	_, err := tx.ExecContext(ctx, "SELECT pg_advisory_xact_lock($1)", key)
	return err
}
