// Package returned: a function that returns what it acquired makes its callers owners.
package returned

import (
	"context"
	"database/sql"
	"errors"
)

var errNoTable = errors.New("no table")

func open(ctx context.Context, db *sql.DB, table string) (*sql.Rows, error) {
	if table == "" {
		return nil, errNoTable
	}
	return db.QueryContext(ctx, "SELECT id FROM t") // ok: the caller's
}

func openAgain(ctx context.Context, db *sql.DB) (*sql.Rows, error) {
	rows, err := open(ctx, db, "t") // ok: the caller's caller's
	if err != nil {
		return nil, errors.Join(errNoTable, err)
	}
	return rows, nil
}

func must(ctx context.Context, db *sql.DB) *sql.Rows {
	rows, err := open(ctx, db, "t") // ok: the caller's
	if err != nil {
		return nil
	}
	return rows
}

// two returns its rows second.
func two(ctx context.Context, db *sql.DB) (int, *sql.Rows, error) {
	rows, err := db.QueryContext(ctx, "SELECT id FROM t") // ok: the caller's
	return 1, rows, err
}

// exhausted returns rows that hold nothing any more.
func exhausted(ctx context.Context, db *sql.DB) (*sql.Rows, error) {
	rows, err := db.QueryContext(ctx, "SELECT id FROM t") // ok: read to the end
	if err != nil {
		return nil, err
	}
	for rows.Next() {
	}
	return rows, rows.Err()
}

func Leaks(ctx context.Context, db *sql.DB) error {
	rows, err := open(ctx, db, "t") // want "rows from .* not closed"
	if err != nil {
		return err
	}
	rows.Next()
	return nil
}

func Closes(ctx context.Context, db *sql.DB) error {
	rows, err := open(ctx, db, "t") // ok: deferred
	if err != nil {
		return err
	}
	defer rows.Close()
	rows.Next()
	return nil
}

func LeaksTwoDeep(ctx context.Context, db *sql.DB) error {
	rows, err := openAgain(ctx, db) // want "rows from .* not closed"
	if err != nil {
		return err
	}
	rows.Next()
	return nil
}

func ClosesTwoDeep(ctx context.Context, db *sql.DB) error {
	rows, err := openAgain(ctx, db) // ok: closed
	if err != nil {
		return err
	}
	return rows.Close()
}

func LeaksWithoutError(ctx context.Context, db *sql.DB) bool {
	rows := must(ctx, db) // want "rows from .* not closed"
	if rows == nil {
		return false
	}
	return rows.Next()
}

func ClosesWithoutError(ctx context.Context, db *sql.DB) bool {
	rows := must(ctx, db) // ok: closed where there are any
	if rows == nil {
		return false
	}
	defer rows.Close()
	return rows.Next()
}

func LeaksSecond(ctx context.Context, db *sql.DB) (int, error) {
	n, rows, err := two(ctx, db) // want "rows from .* not closed"
	if err != nil {
		return 0, err
	}
	rows.Next()
	return n, nil
}

func ClosesSecond(ctx context.Context, db *sql.DB) (int, error) {
	n, rows, err := two(ctx, db) // ok: closed
	if err != nil {
		return 0, err
	}
	return n, rows.Close()
}

func Discards(ctx context.Context, db *sql.DB) error {
	_, err := open(ctx, db, "t") // want "rows"
	return err
}

func NothingLeft(ctx context.Context, db *sql.DB) error {
	_, err := exhausted(ctx, db) // ok: they hold nothing
	return err
}
