// Package closure: function literals that acquire, capture and release.
package closure

import (
	"context"
	"database/sql"
	"sync"
)

func Inside(db *sql.DB) error {
	read := func() error {
		rows, err := db.Query("SELECT id FROM t") // want "rows from .* not closed"
		if err != nil {
			return err
		}
		rows.Next()
		return nil
	}
	return read()
}

func InsideClosed(db *sql.DB) error {
	read := func() error {
		rows, err := db.Query("SELECT id FROM t") // ok: closed inside
		if err != nil {
			return err
		}
		defer rows.Close()
		rows.Next()
		return nil
	}
	return read()
}

func LocalCloser(db *sql.DB, dry bool) error {
	rows, err := db.Query("SELECT id FROM t") // ok: each way out goes through the local function
	if err != nil {
		return err
	}
	fail := func(err error) error {
		rows.Close()
		return err
	}
	if dry {
		return fail(nil)
	}
	rows.Next()
	return fail(rows.Err())
}

func LocalCloserForgotten(db *sql.DB, dry bool) error {
	rows, err := db.Query("SELECT id FROM t") // want "rows from .* not closed"
	if err != nil {
		return err
	}
	fail := func(err error) error {
		rows.Close()
		return err
	}
	if dry {
		return nil
	}
	return fail(rows.Err())
}

func LocalOpener(db *sql.DB) error {
	open := func(q string) (*sql.Rows, error) {
		return db.Query(q) // ok: the caller's
	}
	rows, err := open("SELECT id FROM t") // want "rows from .* not closed"
	if err != nil {
		return err
	}
	rows.Next()
	return nil
}

func LocalOpenerClosed(db *sql.DB) error {
	open := func(q string) (*sql.Rows, error) {
		return db.Query(q) // ok: the caller's
	}
	rows, err := open("SELECT id FROM t") // ok: closed
	if err != nil {
		return err
	}
	return rows.Close()
}

func ReturnedCloser(db *sql.DB) (closeRows func() error, err error) {
	rows, err := db.Query("SELECT id FROM t") // ok: the function that is returned closes
	if err != nil {
		return nil, err
	}
	return func() error { return rows.Close() }, nil
}

func ReturnedMethodValue(db *sql.DB) (func() error, error) {
	rows, err := db.Query("SELECT id FROM t") // ok: the method value is returned
	if err != nil {
		return nil, err
	}
	return rows.Close, nil
}

func Assigned(db *sql.DB) error {
	var rows *sql.Rows
	open := func() (err error) {
		rows, err = db.Query("SELECT id FROM t") // ok: closed by the function that declares the variable
		return err
	}
	if err := open(); err != nil {
		return err
	}
	return rows.Close()
}

func AssignedLeaks(db *sql.DB) error {
	var rows *sql.Rows
	open := func() (err error) {
		rows, err = db.Query("SELECT id FROM t") // want "rows from .* not closed"
		return err
	}
	if err := open(); err != nil {
		return err
	}
	rows.Next()
	return nil
}

func Once(db *sql.DB) error {
	rows, err := db.Query("SELECT id FROM t") // ok: Do calls its function
	if err != nil {
		return err
	}
	var once sync.Once
	once.Do(func() { rows.Close() })
	return nil
}

// each calls its function.
func each(ctx context.Context, db *sql.DB, fn func(*sql.Rows) error) error {
	rows, err := db.QueryContext(ctx, "SELECT id FROM t") // ok: closed here
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := fn(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

func PassedToCaller(ctx context.Context, db *sql.DB) error {
	return each(ctx, db, func(rows *sql.Rows) error {
		var id int
		return rows.Scan(&id) // ok: borrowed from each
	})
}

// run calls its function before it returns.
func run(fn func()) { fn() }

func PassedToCallee(db *sql.DB) error {
	rows, err := db.Query("SELECT id FROM t") // ok: the callee calls the function, which closes
	if err != nil {
		return err
	}
	run(func() { rows.Close() })
	return nil
}

func PassedToCalleeLooks(db *sql.DB) error {
	rows, err := db.Query("SELECT id FROM t") // want "rows from .* not closed"
	if err != nil {
		return err
	}
	run(func() { rows.Next() })
	return nil
}

var handler = func(db *sql.DB) error {
	rows, err := db.Query("SELECT id FROM t") // want "rows from .* not closed"
	if err != nil {
		return err
	}
	rows.Next()
	return nil
}

func PackageVariable(db *sql.DB) error {
	// noexec: the leak is in the literal that the package variable holds
	return handler(db)
}

// The literal has no variable of its own for the error.
func OuterError(db *sql.DB) (err error) {
	func() {
		var rows *sql.Rows
		rows, err = db.Query("SELECT id FROM t") // ok: closed where there is no error
		if err != nil {
			return
		}
		defer rows.Close()
		rows.Next()
	}()
	return err
}

func OuterErrorLeaks(db *sql.DB) (err error) {
	func() {
		var rows *sql.Rows
		rows, err = db.Query("SELECT id FROM t") // want "rows from .* not closed"
		if err != nil {
			return
		}
		rows.Next()
	}()
	return err
}

// The literal overwrites what the variable held.
func AssignedTwice(db *sql.DB) error {
	rows, err := db.Query("SELECT a FROM t") // want "rows from .* not closed"
	if err != nil {
		return err
	}
	func() {
		rows, err = db.Query("SELECT b FROM t") // ok: closed below
	}()
	if err != nil {
		return err
	}
	return rows.Close()
}

func CapturedCondition(ctx context.Context, db *sql.DB, wanted bool) (err error) {
	func() {
		var rows *sql.Rows
		if wanted {
			rows, err = db.QueryContext(ctx, "SELECT id FROM t") // ok: the same condition closes
			if err != nil {
				return
			}
		}
		if wanted {
			err = rows.Close()
		}
	}()
	return err
}
