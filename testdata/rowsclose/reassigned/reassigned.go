// Package reassigned: a variable that holds one result set after another.
package reassigned

import "database/sql"

func Overwritten(db *sql.DB) error {
	rows, err := db.Query("SELECT a FROM t") // want "rows from .* not closed"
	if err != nil {
		return err
	}
	rows, err = db.Query("SELECT b FROM t") // ok: the defer below is about this one
	if err != nil {
		return err
	}
	defer rows.Close()
	return nil
}

func ClosedBetween(db *sql.DB) error {
	rows, err := db.Query("SELECT a FROM t") // ok: closed before it is overwritten
	if err != nil {
		return err
	}
	rows.Close()
	rows, err = db.Query("SELECT b FROM t") // ok: the defer below
	if err != nil {
		return err
	}
	defer rows.Close()
	return nil
}

// A deferred call binds its receiver now: the defer of the first result set does not close the second.
func DeferBindsNow(db *sql.DB) error {
	rows, err := db.Query("SELECT a FROM t") // ok: its defer
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
	}
	rows, err = db.Query("SELECT b FROM t") // want "rows from .* not closed"
	if err != nil {
		return err
	}
	rows.Next()
	return nil
}

func DeferTwice(db *sql.DB) error {
	rows, err := db.Query("SELECT a FROM t") // ok: its own defer
	if err != nil {
		return err
	}
	defer rows.Close()
	rows, err = db.Query("SELECT b FROM t") // ok: its own defer
	if err != nil {
		return err
	}
	defer rows.Close()
	return nil
}

// A deferred closure reads the variable at the end: it closes the second, not the first.
func ClosureReadsLater(db *sql.DB) error {
	rows, err := db.Query("SELECT a FROM t") // want "rows from .* not closed"
	if err != nil {
		return err
	}
	defer func() {
		if rows != nil {
			rows.Close()
		}
	}()
	rows, err = db.Query("SELECT b FROM t") // ok: the closure closes what the variable holds last
	if err != nil {
		return err
	}
	return nil
}

func ClosureReadsLaterExhausted(db *sql.DB) error {
	rows, err := db.Query("SELECT a FROM t") // ok: read to the end before the next
	if err != nil {
		return err
	}
	defer func() {
		if rows != nil {
			rows.Close()
		}
	}()
	for rows.Next() {
	}
	rows, err = db.Query("SELECT b FROM t") // ok: the closure
	if err != nil {
		return err
	}
	return rows.Err()
}

func SetToNil(db *sql.DB) error {
	rows, err := db.Query("SELECT a FROM t") // want "rows from .* not closed"
	if err != nil {
		return err
	}
	rows = nil
	if rows != nil {
		rows.Close()
	}
	return nil
}

func Copy(db *sql.DB) error {
	rows, err := db.Query("SELECT a FROM t") // ok: closed under its other name
	if err != nil {
		return err
	}
	other := rows
	rows = nil
	other.Close()
	_ = rows
	return nil
}

func EitherBranch(db *sql.DB, desc bool) error {
	var rows *sql.Rows
	var err error
	if desc {
		rows, err = db.Query("SELECT a FROM t DESC") // ok: one defer for both
	} else {
		rows, err = db.Query("SELECT a FROM t") // ok: one defer for both
	}
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
	}
	return rows.Err()
}

func EitherBranchLeaks(db *sql.DB, desc bool) error {
	var rows *sql.Rows
	var err error
	if desc {
		rows, err = db.Query("SELECT a FROM t DESC") // want "rows from .* not closed"
	} else {
		rows, err = db.Query("SELECT a FROM t") // want "rows from .* not closed"
	}
	if err != nil {
		return err
	}
	rows.Next()
	return nil
}
