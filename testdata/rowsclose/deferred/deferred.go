// Package deferred: deferred calls, deferred literals, method values, and where they come too late.
package deferred

import (
	"database/sql"
	"errors"
)

func Call(db *sql.DB) error {
	rows, err := db.Query("SELECT id FROM t") // ok: deferred
	if err != nil {
		return err
	}
	defer rows.Close()
	rows.Next()
	return nil
}

func Literal(db *sql.DB) error {
	rows, err := db.Query("SELECT id FROM t") // ok: the deferred literal closes
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	rows.Next()
	return nil
}

func LiteralWithParameter(db *sql.DB) error {
	rows, err := db.Query("SELECT id FROM t") // ok: handed to the deferred literal
	if err != nil {
		return err
	}
	defer func(r *sql.Rows) { _ = r.Close() }(rows)
	rows.Next()
	return nil
}

func MethodValue(db *sql.DB) error {
	rows, err := db.Query("SELECT id FROM t") // ok: the method value is called at the end
	if err != nil {
		return err
	}
	end := rows.Close
	defer end()
	rows.Next()
	return nil
}

func MethodExpression(db *sql.DB) error {
	rows, err := db.Query("SELECT id FROM t") // ok: the method expression closes
	if err != nil {
		return err
	}
	defer (*sql.Rows).Close(rows)
	rows.Next()
	return nil
}

func MethodValueNotCalled(db *sql.DB) error {
	rows, err := db.Query("SELECT id FROM t") // want "rows from .* not closed"
	if err != nil {
		return err
	}
	end := rows.Close
	_ = end
	rows.Next()
	return nil
}

func TooLate(db *sql.DB, dry bool) error {
	rows, err := db.Query("SELECT id FROM t") // want "rows from .* not closed"
	if err != nil {
		return err
	}
	if dry {
		return errors.New("dry run")
	}
	defer rows.Close()
	rows.Next()
	return nil
}

func OnePath(db *sql.DB, read bool) error {
	rows, err := db.Query("SELECT id FROM t") // want "rows from .* not closed"
	if err != nil {
		return err
	}
	if read {
		defer rows.Close()
		rows.Next()
	}
	return nil
}

func BothPaths(db *sql.DB, read bool) error {
	rows, err := db.Query("SELECT id FROM t") // ok: deferred in one branch, closed in the other
	if err != nil {
		return err
	}
	if read {
		defer rows.Close()
		rows.Next()
	} else {
		rows.Close()
	}
	return nil
}

func OnErrorOnly(db *sql.DB) (n int, err error) {
	rows, err := db.Query("SELECT id FROM t") // want "rows from .* not closed"
	if err != nil {
		return 0, err
	}
	defer func() {
		if err != nil {
			rows.Close()
		}
	}()
	var id int
	if rows.Next() {
		err = rows.Scan(&id)
	}
	return id, err
}

func InLoop(db *sql.DB, n int) error {
	for range n {
		rows, err := db.Query("SELECT id FROM t") // want "rows from"
		if err != nil {
			return err
		}
		defer rows.Close()
		rows.Next()
	}
	return nil
}

func InLoopExhausted(db *sql.DB, n int) error {
	for range n {
		rows, err := db.Query("SELECT id FROM t") // ok: read to the end before the next; the defer is for the error
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var id int
			if err := rows.Scan(&id); err != nil {
				return err
			}
		}
		if err := rows.Err(); err != nil {
			return err
		}
	}
	return nil
}

func InLoopFunction(db *sql.DB, n int) error {
	for range n {
		err := func() error {
			rows, err := db.Query("SELECT id FROM t") // ok: the literal ends with each turn
			if err != nil {
				return err
			}
			defer rows.Close()
			rows.Next()
			return nil
		}()
		if err != nil {
			return err
		}
	}
	return nil
}

// noexec: it never returns
func InEndlessLoop(db *sql.DB) {
	for {
		rows, err := db.Query("SELECT id FROM t") // want "rows from"
		if err != nil {
			continue
		}
		defer rows.Close()
		rows.Next()
	}
}

// noexec: it never returns
func InEndlessLoopClosed(db *sql.DB) {
	for {
		rows, err := db.Query("SELECT id FROM t") // ok: closed on each turn
		if err != nil {
			continue
		}
		rows.Next()
		rows.Close()
	}
}

func Twice(db *sql.DB) error {
	rows, err := db.Query("SELECT id FROM t") // ok: closed twice, which is allowed
	if err != nil {
		return err
	}
	defer rows.Close()
	rows.Next()
	return rows.Close()
}

func Order(db *sql.DB) error {
	rows, err := db.Query("SELECT id FROM t") // ok: both run, the last first
	if err != nil {
		return err
	}
	defer rows.Close()
	defer func() { rows.Next() }()
	return nil
}

// Other defers pile up in a loop; these rows are still not closed.
func OthersInLoop(db *sql.DB, n int) error {
	rows, err := db.Query("SELECT id FROM t") // want "rows from .* not closed"
	if err != nil {
		return err
	}
	for i := range n {
		defer func() { _ = i }()
	}
	rows.Next()
	return nil
}

func OthersInLoopClosed(db *sql.DB, n int) error {
	rows, err := db.Query("SELECT id FROM t") // ok: deferred
	if err != nil {
		return err
	}
	defer rows.Close()
	for i := range n {
		defer func() { _ = i }()
	}
	rows.Next()
	return nil
}

// Deferred on each turn of a loop that may not turn at all.
func PerhapsInLoop(db *sql.DB, n int) error {
	rows, err := db.Query("SELECT id FROM t") // want "rows from .* not closed"
	if err != nil {
		return err
	}
	for range n {
		defer rows.Close()
	}
	rows.Next()
	return nil
}
