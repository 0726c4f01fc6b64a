// Package errcheck: where the error is not nil nothing was acquired, in whatever words it is asked.
package errcheck

import (
	"context"
	"database/sql"
	"errors"
)

func Is(ctx context.Context, db *sql.DB) error {
	rows, err := db.QueryContext(ctx, "SELECT id FROM t") // ok: errors.Is is true of errors only
	if errors.Is(err, context.Canceled) {
		return nil
	}
	if err != nil {
		return err
	}
	defer rows.Close()
	return nil
}

type codeError struct{ code int }

func (*codeError) Error() string { return "code" }

func As(ctx context.Context, db *sql.DB) error {
	rows, err := db.QueryContext(ctx, "SELECT id FROM t") // ok: errors.As is true of errors only
	var code *codeError
	if errors.As(err, &code) {
		return code
	} else if err != nil {
		return err
	}
	return rows.Close()
}

// errors.Is false says nothing.
func IsNot(ctx context.Context, db *sql.DB) error {
	rows, err := db.QueryContext(ctx, "SELECT id FROM t") // want "rows from .* not closed"
	if !errors.Is(err, context.Canceled) {
		return err
	}
	_ = rows
	return nil
}

func EqualToSentinel(ctx context.Context, db *sql.DB) error {
	rows, err := db.QueryContext(ctx, "SELECT id FROM t") // ok: an error that equals one that is not nil
	if err == sql.ErrConnDone {
		return nil
	}
	if err != nil {
		return err
	}
	return rows.Close()
}

func Switch(ctx context.Context, db *sql.DB) error {
	rows, err := db.QueryContext(ctx, "SELECT id FROM t") // ok: the last arm is the one without error
	switch {
	case errors.Is(err, sql.ErrConnDone):
		return nil
	case err != nil:
		return err
	}
	return rows.Close()
}

func ElseBranch(ctx context.Context, db *sql.DB) error {
	if rows, err := db.QueryContext(ctx, "SELECT id FROM t"); err != nil { // ok: closed in the other branch
		return err
	} else {
		defer rows.Close()
		for rows.Next() {
		}
		return rows.Err()
	}
}

func NilFirst(ctx context.Context, db *sql.DB) error {
	rows, err := db.QueryContext(ctx, "SELECT id FROM t") // ok: closed where there is no error
	if err == nil {
		rows.Close()
	}
	return err
}

// The test is inverted: closed where nothing was acquired (sql.Rows.Close would panic there).
func WrongBranch(ctx context.Context, db *sql.DB) error {
	rows, err := db.QueryContext(ctx, "SELECT id FROM t") // want "rows from .* not closed"
	if err == nil {
		return nil
	}
	_ = rows
	return err
}

// The error that is tested is another one.
func OtherError(ctx context.Context, db *sql.DB) error {
	_, other := db.ExecContext(ctx, "UPDATE t SET a = 1")
	rows, err := db.QueryContext(ctx, "SELECT id FROM t") // want "rows from .* not closed"
	if err != nil {
		return err
	}
	if other != nil {
		return other
	}
	return rows.Close()
}

// The error variable is overwritten before it is asked again: the second test is about Exec.
func Overwritten(ctx context.Context, db *sql.DB) error {
	rows, err := db.QueryContext(ctx, "SELECT id FROM t") // want "rows from .* not closed"
	if err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, "UPDATE t SET a = 1")
	if err != nil {
		return err
	}
	return rows.Close()
}

func OverwrittenClosed(ctx context.Context, db *sql.DB) error {
	rows, err := db.QueryContext(ctx, "SELECT id FROM t") // ok: closed on both ways
	if err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, "UPDATE t SET a = 1")
	if err != nil {
		rows.Close()
		return err
	}
	return rows.Close()
}

func Wrapped(ctx context.Context, db *sql.DB) error {
	rows, err := db.QueryContext(ctx, "SELECT id FROM t") // ok: nil in, nil out
	if err = wrap(err); err != nil {
		return err
	}
	defer rows.Close()
	return nil
}

func wrap(err error) error {
	if err == nil {
		return nil
	}
	return errors.Join(errors.New("query"), err)
}

// failed tests the error for its caller.
func failed(err error) bool { return err != nil }

func TestedByHelper(ctx context.Context, db *sql.DB) error {
	rows, err := db.QueryContext(ctx, "SELECT id FROM t") // ok: the helper says whether there is an error
	if failed(err) {
		return err
	}
	return rows.Close()
}

type coded struct {
	error
	code int
}

// code returns what the server said, if it was the server.
func code(err error) *coded {
	var c *coded
	if errors.As(err, &c) {
		return c
	}
	return nil
}

func Mapped(ctx context.Context, db *sql.DB) error {
	rows, err := db.QueryContext(ctx, "SELECT id FROM t") // ok: without an error there is no code
	if c := code(err); c != nil && c.code == 1 {
		return nil
	}
	if err != nil {
		return err
	}
	defer rows.Close()
	rows.Next()
	return rows.Err()
}
