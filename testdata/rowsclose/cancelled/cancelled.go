// Package cancelled: a context that is cancelled closes the rows of database/sql.
package cancelled

import (
	"context"
	"database/sql"
	"time"
)

func Deferred(ctx context.Context, db *sql.DB) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	rows, err := db.QueryContext(ctx, "SELECT id FROM t") // ok: cancel closes the rows when the function returns
	if err != nil {
		return false, err
	}
	return rows.Next(), nil
}

func DeferredLiteral(ctx context.Context, db *sql.DB) (bool, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer func() { cancel() }()
	rows, err := db.QueryContext(ctx, "SELECT id FROM t") // ok: cancel closes the rows
	if err != nil {
		return false, err
	}
	return rows.Next(), nil
}

// A time-out of a minute is no end for a connection that the next request needs.
func NotCancelled(ctx context.Context, db *sql.DB) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	_ = cancel
	rows, err := db.QueryContext(ctx, "SELECT id FROM t") // want "rows from .* not closed"
	if err != nil {
		return false, err
	}
	return rows.Next(), nil
}

func OtherContext(ctx context.Context, db *sql.DB) (bool, error) {
	_, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	rows, err := db.QueryContext(ctx, "SELECT id FROM t") // want "rows from .* not closed"
	if err != nil {
		return false, err
	}
	return rows.Next(), nil
}

func NoContext(ctx context.Context, db *sql.DB) (bool, error) {
	_, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	rows, err := db.Query("SELECT id FROM t") // want "rows from .* not closed"
	if err != nil {
		return false, err
	}
	return rows.Next(), nil
}

func Value(ctx context.Context, db *sql.DB) (bool, error) {
	type key struct{}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	rows, err := db.QueryContext(context.WithValue(ctx, key{}, 1), "SELECT id FROM t") // ok: cancelled with its parent
	if err != nil {
		return false, err
	}
	return rows.Next(), nil
}

func OnePath(ctx context.Context, db *sql.DB, stop bool) (bool, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer func() {
		if stop {
			cancel()
		}
	}()
	rows, err := db.QueryContext(ctx, "SELECT id FROM t") // want "rows from .* not closed"
	if err != nil {
		return false, err
	}
	return rows.Next(), nil
}

func Returned(ctx context.Context, db *sql.DB) (*sql.Rows, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	rows, err := db.QueryContext(ctx, "SELECT id FROM t") // ok: returned (and of no use to the caller)
	return rows, err
}
