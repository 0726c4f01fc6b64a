// Package escape: rows that leave the function by another way than its results.
package escape

import (
	"context"
	"database/sql"
)

var current *sql.Rows

var open = map[string]*sql.Rows{}

// noexec: what the package keeps is closed by nobody here
func Global(ctx context.Context, db *sql.DB) (err error) {
	current, err = db.QueryContext(ctx, "SELECT id FROM t") // ok: the package's
	return err
}

// noexec: what the package keeps is closed by nobody here
func Map(ctx context.Context, db *sql.DB) error {
	rows, err := db.QueryContext(ctx, "SELECT id FROM t") // ok: whoever reads the map
	if err != nil {
		return err
	}
	open["t"] = rows
	return nil
}

func Channel(ctx context.Context, db *sql.DB) error {
	c := make(chan *sql.Rows, 1)
	rows, err := db.QueryContext(ctx, "SELECT id FROM t") // ok: sent away
	if err != nil {
		return err
	}
	c <- rows
	return (<-c).Close()
}

func Slice(ctx context.Context, db *sql.DB) error {
	var all []*sql.Rows
	for range 2 {
		rows, err := db.QueryContext(ctx, "SELECT id FROM t") // ok: the slice is closed below; a container is not followed
		if err != nil {
			closeAll(all)
			return err
		}
		all = append(all, rows)
	}
	closeAll(all)
	return nil
}

func closeAll(all []*sql.Rows) {
	for _, rows := range all {
		rows.Close()
	}
}

func Pointer(ctx context.Context, db *sql.DB, out **sql.Rows) error {
	rows, err := db.QueryContext(ctx, "SELECT id FROM t") // ok: the caller's, through the pointer
	if err != nil {
		return err
	}
	*out = rows
	return nil
}

// noexec: nothing closes what the context carries
func Context(ctx context.Context, db *sql.DB) (context.Context, error) {
	rows, err := db.QueryContext(ctx, "SELECT id FROM t") // ok: travels in the context
	if err != nil {
		return nil, err
	}
	type key struct{}
	return context.WithValue(ctx, key{}, rows), nil
}

// The function value is unknown: it may do anything.
//
// noexec: what the callback does is its own affair
func Callback(ctx context.Context, db *sql.DB, fn func(*sql.Rows) error) error {
	rows, err := db.QueryContext(ctx, "SELECT id FROM t") // ok: unknown, so silent
	if err != nil {
		return err
	}
	return fn(rows)
}
