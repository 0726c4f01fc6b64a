// Package conns: a dedicated connection is often held on purpose.
package conns

import (
	"context"
	"database/sql"
	"time"
)

func Lock(ctx context.Context, db *sql.DB) error {
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	for {
		var got bool
		if err := conn.QueryRowContext(ctx, "SELECT pg_try_advisory_lock(1)").Scan(&got); err != nil {
			return err
		}
		if got {
			return nil
		}
		time.Sleep(time.Second) // ok: the connection is the lock
	}
}
