// Package worker: loops that never end, and one that does.
package worker

import (
	"context"
	"database/sql"
	"time"
)

func sweep(ctx context.Context, db *sql.DB) {
	t := time.NewTicker(time.Minute)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
			db.Exec("DELETE FROM session WHERE old") // want `\(\*sql.DB\).Exec without a context waits for a connection without end: when the pool is exhausted, the worker hangs with it`
		}
	}
}

func poll(db *sql.DB) {
	for {
		if err := work(db); err != nil {
			time.Sleep(time.Minute)
		}
		time.Sleep(time.Second)
	}
}

func work(db *sql.DB) error {
	_, err := db.Exec("UPDATE job SET done = true") // want `\(\*sql.DB\).Exec without a context`
	return err
}

func touch(ctx context.Context, db *sql.DB) error {
	_, err := db.ExecContext(ctx, "UPDATE job SET touched = now()") // ok: who calls says how long
	return err
}

func await(db *sql.DB) {
	for {
		if err := db.Ping(); err == nil { // ok: until the database is up
			return
		}
		time.Sleep(time.Second)
	}
}

func pages(db *sql.DB, ids []int) error {
	for _, id := range ids {
		if _, err := db.Exec("DELETE FROM t WHERE id = $1", id); err != nil { // ok: it ends
			return err
		}
	}
	return nil
}
