// Package row: a Row gives its connection back when it is scanned, and only then.
package row

import (
	"context"
	"database/sql"
)

func ErrOnly(ctx context.Context, db *sql.DB) error {
	row := db.QueryRowContext(ctx, "SELECT id FROM t") // want "row from"
	return row.Err()
}

func ErrThenScan(ctx context.Context, db *sql.DB) (id int, err error) {
	row := db.QueryRowContext(ctx, "SELECT id FROM t") // ok: where Err is not nil there is no connection
	if err := row.Err(); err != nil {
		return 0, err
	}
	err = row.Scan(&id)
	return id, err
}

func ErrNested(ctx context.Context, db *sql.DB) error {
	return db.QueryRowContext(ctx, "SELECT id FROM t").Err() // want "row from"
}

func Dropped(db *sql.DB) {
	db.QueryRow("UPDATE t SET a = 1 RETURNING id") // want "row from"
}

func Scanned(db *sql.DB) (id int, err error) {
	err = db.QueryRow("SELECT id FROM t").Scan(&id) // ok: a Scan that fails releases as well
	return id, err
}

func ScanIgnored(db *sql.DB) (id int) {
	_ = db.QueryRow("SELECT id FROM t").Scan(&id) // ok: released, whatever happened
	return id
}

func ScanNothing(db *sql.DB) {
	db.QueryRow("UPDATE t SET a = 1 RETURNING id").Scan() // ok: Scan closes before it counts the columns
}

func OnePath(db *sql.DB, ask bool) (id int, err error) {
	row := db.QueryRow("SELECT id FROM t") // want "row from"
	if !ask {
		return 0, nil
	}
	return id, row.Scan(&id)
}

func BothPaths(db *sql.DB, ask bool) (id int, err error) {
	row := db.QueryRow("SELECT id FROM t") // ok: scanned on each path
	if !ask {
		return 0, row.Scan(new(int))
	}
	return id, row.Scan(&id)
}

func Returned(db *sql.DB) *sql.Row {
	return db.QueryRow("SELECT id FROM t") // ok: the caller scans
}

func CallerDrops(db *sql.DB) bool {
	row := Returned(db) // want "row from"
	return row.Err() == nil
}

func CallerScans(db *sql.DB) (id int, err error) {
	return id, Returned(db).Scan(&id) // ok: scanned
}

// scan takes any scanner.
func scan(s interface{ Scan(...any) error }) (id int, err error) {
	err = s.Scan(&id)
	return id, err
}

func Helper(db *sql.DB) (int, error) {
	return scan(db.QueryRow("SELECT id FROM t")) // ok: the helper scans
}

func Stmt(ctx context.Context, db *sql.DB) (id int, err error) {
	stmt, err := db.PrepareContext(ctx, "SELECT id FROM t")
	if err != nil {
		return 0, err
	}
	defer stmt.Close()
	row := stmt.QueryRowContext(ctx) // want "row from"
	return 0, row.Err()
}

func scanWith(id *int, scan func(...any) error) error { return scan(id) }

func MethodValue(db *sql.DB) (id int, err error) {
	row := db.QueryRow("SELECT id FROM t") // ok: the helper calls row.Scan
	err = scanWith(&id, row.Scan)
	return id, err
}

func askWith(ask func() error) error { return ask() }

func OtherMethodValue(db *sql.DB) error {
	row := db.QueryRow("SELECT id FROM t") // want "row from"
	return askWith(row.Err)
}

// A fixed row is one in front of a driver's.
type fixed struct{ row scanner }

type scanner interface{ Scan(dest ...any) error }

func (f fixed) Scan(dest ...any) error { return f.row.Scan(dest...) }

func queryFixed(db *sql.DB) scanner { return fixed{db.QueryRow("SELECT id FROM t")} }

func scanInto(s scanner) (id int, err error) {
	err = s.Scan(&id)
	return id, err
}

func FixedRow(db *sql.DB) (int, error) {
	row := queryFixed(db) // ok: the helper scans it
	return scanInto(row)
}

func FixedRowLost(db *sql.DB) bool {
	row := queryFixed(db) // want "row.* not scanned"
	return row != nil
}
