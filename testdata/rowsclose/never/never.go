// Package never: no Close at all.
package never

import (
	"database/sql"
	"fmt"
)

func Peek(db *sql.DB) (bool, error) {
	rows, err := db.Query("SELECT id FROM t") // want "rows from .* not closed"
	if err != nil {
		return false, err
	}
	return rows.Next(), rows.Err()
}

func PeekClosed(db *sql.DB) (bool, error) {
	rows, err := db.Query("SELECT id FROM t") // ok: deferred
	if err != nil {
		return false, err
	}
	defer rows.Close()
	return rows.Next(), rows.Err()
}

func Columns(db *sql.DB) ([]string, error) {
	rows, err := db.Query("SELECT id, name FROM t") // want "rows from .* not closed"
	if err != nil {
		return nil, err
	}
	return rows.Columns()
}

func ColumnsClosed(db *sql.DB) ([]string, error) {
	rows, err := db.Query("SELECT id, name FROM t") // ok: deferred
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	return rows.Columns()
}

// Printing is not handing over.
func Printed(db *sql.DB) {
	rows, err := db.Query("SELECT id FROM t") // want "rows from .* not closed"
	if err != nil {
		return
	}
	_ = fmt.Sprintln("got", rows)
}

func PrintedClosed(db *sql.DB) {
	rows, err := db.Query("SELECT id FROM t") // ok: closed after it was printed
	if err != nil {
		return
	}
	_ = fmt.Sprintln("got", rows)
	rows.Close()
}

func ErrOnly(db *sql.DB) error {
	rows, err := db.Query("SELECT id FROM t") // want "rows from .* not closed"
	if err != nil {
		return err
	}
	return rows.Err()
}

func ErrorIgnored(db *sql.DB) bool {
	rows, _ := db.Query("SELECT id FROM t") // want "rows from .* not closed"
	return rows != nil && rows.Next()
}

func ErrorIgnoredClosed(db *sql.DB) bool {
	rows, _ := db.Query("SELECT id FROM t") // ok: closed where there are rows
	if rows == nil {
		return false
	}
	defer rows.Close()
	return rows.Next()
}
