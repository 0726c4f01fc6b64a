// Package deferred: Err asked in a deferred function.
package deferred

import (
	"context"
	"database/sql"
	"log"
)

func Merged(ctx context.Context, db *sql.DB) (n int, err error) {
	rows, err := db.QueryContext(ctx, "SELECT id FROM t") // ok: the deferred function asks
	if err != nil {
		return 0, err
	}
	defer func() {
		rows.Close()
		if rerr := rows.Err(); rerr != nil && err == nil {
			err = rerr
		}
	}()
	for rows.Next() {
		n++
	}
	return n, nil
}

func OnlyClosed(ctx context.Context, db *sql.DB) (n int, err error) {
	rows, err := db.QueryContext(ctx, "SELECT id FROM t") // want "Err|iteration"
	if err != nil {
		return 0, err
	}
	defer func() {
		if cerr := rows.Close(); cerr != nil && err == nil {
			err = cerr
		}
	}()
	for rows.Next() {
		n++
	}
	return n, nil
}

// noexec: it has no error to return, and says what happened
func Logged(ctx context.Context, db *sql.DB) (n int) {
	rows, err := db.QueryContext(ctx, "SELECT id FROM t") // ok: somebody is told
	if err != nil {
		return 0
	}
	defer rows.Close()
	for rows.Next() {
		n++
	}
	if err := rows.Err(); err != nil {
		log.Print(err)
	}
	return n
}
