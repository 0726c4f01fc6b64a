// Package earlyreturn: a return between the query and Close.
package earlyreturn

import (
	"context"
	"database/sql"
	"errors"
)

var errNegative = errors.New("negative")

func ScanFails(ctx context.Context, db *sql.DB) ([]int, error) {
	rows, err := db.QueryContext(ctx, "SELECT id FROM t") // want "rows from .* not closed"
	if err != nil {
		return nil, err
	}
	var ids []int
	for rows.Next() {
		var id int
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, rows.Err()
}

func ScanFailsClosed(ctx context.Context, db *sql.DB) ([]int, error) {
	rows, err := db.QueryContext(ctx, "SELECT id FROM t") // ok: closed by hand where Scan fails, by Next at the end
	if err != nil {
		return nil, err
	}
	var ids []int
	for rows.Next() {
		var id int
		if err := rows.Scan(&id); err != nil {
			rows.Close()
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, rows.Err()
}

func BeforeLoop(db *sql.DB, dry bool) error {
	rows, err := db.Query("SELECT id FROM t") // want "rows from .* not closed"
	if err != nil {
		return err
	}
	if dry {
		return nil
	}
	defer rows.Close()
	for rows.Next() {
	}
	return rows.Err()
}

func BeforeLoopClosed(db *sql.DB, dry bool) error {
	rows, err := db.Query("SELECT id FROM t") // ok: the defer stands before any other return
	if err != nil {
		return err
	}
	defer rows.Close()
	if dry {
		return nil
	}
	for rows.Next() {
	}
	return rows.Err()
}

func AnotherErrorBetween(ctx context.Context, db *sql.DB) error {
	rows, err := db.QueryContext(ctx, "SELECT id FROM t") // want "rows from .* not closed"
	if err != nil {
		return err
	}
	if _, err := rows.Columns(); err != nil {
		return err
	}
	if err := check(rows); err != nil {
		return err
	}
	return rows.Close()
}

func AnotherErrorBetweenClosed(ctx context.Context, db *sql.DB) error {
	rows, err := db.QueryContext(ctx, "SELECT id FROM t") // ok: closed on each way out
	if err != nil {
		return err
	}
	if err := check(rows); err != nil {
		rows.Close()
		return err
	}
	return rows.Close()
}

// check only reads.
func check(rows *sql.Rows) error {
	columns, err := rows.Columns()
	if err != nil {
		return err
	}
	if len(columns) < 2 {
		return errNegative
	}
	return nil
}

func FirstOnly(db *sql.DB) (int, error) {
	rows, err := db.Query("SELECT id FROM t") // want "rows from .* not closed"
	if err != nil {
		return 0, err
	}
	var id int
	if rows.Next() {
		err = rows.Scan(&id)
	}
	return id, err
}

func FirstOnlyClosed(db *sql.DB) (int, error) {
	rows, err := db.Query("SELECT id FROM t") // ok: closed after the first row
	if err != nil {
		return 0, err
	}
	var id int
	if rows.Next() {
		err = rows.Scan(&id)
	}
	rows.Close()
	return id, err
}

func NoReturnBetween(db *sql.DB) (int, error) {
	rows, err := db.Query("SELECT id FROM t") // ok: nothing can leave between the query and Close
	if err != nil {
		return 0, err
	}
	n := 0
	for rows.Next() && n < 1 {
		n++
	}
	if err := rows.Close(); err != nil {
		return 0, err
	}
	return n, rows.Err()
}

func FailsOrEmpty(db *sql.DB) (bool, error) {
	rows, err := db.Query("SELECT id FROM t") // ok: where Next is false the rows are closed, else Close follows
	if err != nil || !rows.Next() {
		if rows != nil {
			rows.Close()
			return false, rows.Err()
		}
		return false, err
	}
	return true, rows.Close()
}
