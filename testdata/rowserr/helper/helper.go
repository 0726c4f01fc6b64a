// Package helper: functions that read rows for others, with and without asking for the error.
package helper

import (
	"context"
	"database/sql"
)

func readChecked(rows *sql.Rows) (n int, err error) {
	defer rows.Close()
	for rows.Next() {
		n++
	}
	return n, rows.Err()
}

func readUnchecked(rows *sql.Rows) (n int) {
	defer rows.Close()
	for rows.Next() {
		n++
	}
	return n
}

func closeChecked(rows *sql.Rows) error {
	rows.Close()
	return rows.Err()
}

func query(ctx context.Context, db *sql.DB) (*sql.Rows, error) {
	return db.QueryContext(ctx, "SELECT id FROM t") // ok: the caller reads
}

func Checked(ctx context.Context, db *sql.DB) (int, error) {
	rows, err := db.QueryContext(ctx, "SELECT id FROM t") // ok: the helper asks
	if err != nil {
		return 0, err
	}
	return readChecked(rows)
}

func Unchecked(ctx context.Context, db *sql.DB) (int, error) {
	rows, err := db.QueryContext(ctx, "SELECT id FROM t") // want "Err|iteration"
	if err != nil {
		return 0, err
	}
	return readUnchecked(rows), nil
}

func UncheckedAskedHere(ctx context.Context, db *sql.DB) (int, error) {
	rows, err := db.QueryContext(ctx, "SELECT id FROM t") // ok: asked after the helper has read
	if err != nil {
		return 0, err
	}
	n := readUnchecked(rows)
	return n, rows.Err()
}

func AskedByHelper(ctx context.Context, db *sql.DB) (n int, err error) {
	rows, err := query(ctx, db) // ok: the helper that closes asks
	if err != nil {
		return 0, err
	}
	for rows.Next() {
		n++
	}
	return n, closeChecked(rows)
}

func FromHelper(ctx context.Context, db *sql.DB) (n int, err error) {
	rows, err := query(ctx, db) // want "Err|iteration"
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	for rows.Next() {
		n++
	}
	return n, nil
}

func InLiteral(ctx context.Context, db *sql.DB) (n int, err error) {
	count := func() error {
		rows, err := db.QueryContext(ctx, "SELECT id FROM t") // want "Err|iteration"
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			n++
		}
		return nil
	}
	err = count()
	return n, err
}

// noexec: called by One, where the iteration error must be asked for
func scanOne(rows *sql.Rows, dest ...any) error {
	defer rows.Close()
	if !rows.Next() { // want "parameter rows"
		return sql.ErrNoRows
	}
	if err := rows.Scan(dest...); err != nil {
		return err
	}
	return rows.Err()
}

// noexec: scanOne is to blame
func One(ctx context.Context, db *sql.DB) (n int, err error) {
	rows, err := db.QueryContext(ctx, "SELECT id FROM t") // ok: the helper ought to ask, and is reported
	if err != nil {
		return 0, err
	}
	return n, scanOne(rows, &n)
}
