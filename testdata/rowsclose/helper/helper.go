// Package helper: functions of the same package that close, read, keep or return rows.
package helper

import (
	"context"
	"database/sql"
	"errors"
	"io"
	"log"
)

func closes(rows *sql.Rows) {
	if err := rows.Close(); err != nil {
		log.Print(err)
	}
}

func closesCloser(c io.Closer) { _ = c.Close() }

func closesIndirectly(rows *sql.Rows) { closes(rows) }

func count(rows *sql.Rows) (n int) {
	for rows.Next() {
		n++
	}
	return n
}

func peek(rows *sql.Rows) bool { return rows.Next() }

func closesUnless(rows *sql.Rows, keep bool) {
	if keep {
		return
	}
	rows.Close()
}

// readAll closes only where it fails.
func readAll(rows *sql.Rows) error {
	var id int
	if !rows.Next() {
		return nil
	}
	if err := rows.Scan(&id); err != nil {
		rows.Close()
		return err
	}
	return nil
}

// ends closes unless it fails.
func ends(rows *sql.Rows) error {
	columns, err := rows.Columns()
	if err != nil {
		return err
	}
	if len(columns) > 1 {
		return errors.New("too many columns")
	}
	return rows.Close()
}

// more closes and says so.
func stop(rows *sql.Rows) bool {
	if rows.Next() {
		return false
	}
	rows.Close()
	return true
}

func recursive(rows *sql.Rows, n int) {
	if n == 0 {
		rows.Close()
		return
	}
	recursive(rows, n-1)
}

func Closes(db *sql.DB) error {
	rows, err := db.Query("SELECT id FROM t") // ok: the helper closes
	if err != nil {
		return err
	}
	closes(rows)
	return nil
}

func DefersHelper(db *sql.DB) error {
	rows, err := db.Query("SELECT id FROM t") // ok: the deferred helper closes
	if err != nil {
		return err
	}
	defer closes(rows)
	rows.Next()
	return nil
}

func ClosesAsCloser(db *sql.DB) error {
	rows, err := db.Query("SELECT id FROM t") // ok: closed as an io.Closer
	if err != nil {
		return err
	}
	defer closesCloser(rows)
	return nil
}

func ClosesIndirectly(db *sql.DB) error {
	rows, err := db.Query("SELECT id FROM t") // ok: closed by the helper's helper
	if err != nil {
		return err
	}
	defer closesIndirectly(rows)
	return nil
}

func Counts(db *sql.DB) (int, error) {
	rows, err := db.Query("SELECT id FROM t") // ok: the helper reads to the end
	if err != nil {
		return 0, err
	}
	return count(rows), rows.Err()
}

func Peeks(db *sql.DB) (bool, error) {
	rows, err := db.Query("SELECT id FROM t") // want "rows from .* not closed"
	if err != nil {
		return false, err
	}
	return peek(rows), nil
}

func PeeksCloses(db *sql.DB) (bool, error) {
	rows, err := db.Query("SELECT id FROM t") // ok: closed after the helper has looked
	if err != nil {
		return false, err
	}
	defer rows.Close()
	return peek(rows), nil
}

func Unless(db *sql.DB, keep bool) error {
	rows, err := db.Query("SELECT id FROM t") // want "rows from .* not closed"
	if err != nil {
		return err
	}
	closesUnless(rows, keep)
	return nil
}

func ReadAll(db *sql.DB) error {
	rows, err := db.Query("SELECT id FROM t") // want "rows from .* not closed"
	if err != nil {
		return err
	}
	return readAll(rows)
}

func ReadAllClosed(db *sql.DB) error {
	rows, err := db.Query("SELECT id FROM t") // ok: the caller closes where the helper does not
	if err != nil {
		return err
	}
	if err := readAll(rows); err != nil {
		return err
	}
	return rows.Close()
}

func Ends(db *sql.DB) error {
	rows, err := db.Query("SELECT id, name FROM t") // want "rows from .* not closed"
	if err != nil {
		return err
	}
	return ends(rows)
}

func EndsOrCloses(db *sql.DB) error {
	rows, err := db.Query("SELECT id, name FROM t") // ok: closed by the helper, or here if it fails
	if err != nil {
		return err
	}
	if err := ends(rows); err != nil {
		rows.Close()
		return err
	}
	return nil
}

func UntilStopped(db *sql.DB) error {
	rows, err := db.Query("SELECT id FROM t") // ok: true means that the helper has closed
	if err != nil {
		return err
	}
	for !stop(rows) {
	}
	return nil
}

func StopIgnored(db *sql.DB) error {
	rows, err := db.Query("SELECT id FROM t") // want "rows from .* not closed"
	if err != nil {
		return err
	}
	stop(rows)
	return nil
}

func Recursive(db *sql.DB) error {
	rows, err := db.Query("SELECT id FROM t") // ok: the recursion ends in Close
	if err != nil {
		return err
	}
	recursive(rows, 3)
	return nil
}

// noexec: who gives the callback decides
// noexec: what the callback does is its own affair
func AskedAndLent(ctx context.Context, db *sql.DB, read func(*sql.Rows) error) error {
	rows, err := db.QueryContext(ctx, "SELECT id FROM t") // ok: the callback may close; asking Err says nothing of that
	if err != nil {
		return err
	}
	if err := rows.Err(); err != nil {
		return err
	}
	return read(rows)
}
