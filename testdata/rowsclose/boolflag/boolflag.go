// Package boolflag: a boolean that is asked twice has the same answer.
package boolflag

import "database/sql"

func SameFlag(db *sql.DB, ask bool) error {
	var rows *sql.Rows
	var err error
	if ask {
		rows, err = db.Query("SELECT id FROM t") // ok: closed under the same condition
		if err != nil {
			return err
		}
	}
	if _, err := db.Exec("UPDATE t SET a = 1"); err != nil && !ask {
		return err
	}
	if ask {
		rows.Close()
	}
	return nil
}

func OtherFlag(db *sql.DB, ask, end bool) error {
	var rows *sql.Rows
	var err error
	if ask {
		rows, err = db.Query("SELECT id FROM t") // want "rows from .* not closed"
		if err != nil {
			return err
		}
	}
	if ask && end {
		rows.Close()
	}
	return nil
}

func LocalFlag(db *sql.DB, ask bool) error {
	opened := false
	var rows *sql.Rows
	var err error
	if ask {
		if rows, err = db.Query("SELECT id FROM t"); err != nil { // ok: opened says whether there is something to close
			return err
		}
		opened = true
	}
	if opened {
		return rows.Close()
	}
	return nil
}

func DeferredFlag(db *sql.DB, fail bool) error {
	rows, err := db.Query("SELECT id FROM t") // ok: closed by the deferred function unless it was done by hand
	if err != nil {
		return err
	}
	closed := false
	defer func() {
		if !closed {
			rows.Close()
		}
	}()
	if fail {
		return sql.ErrNoRows
	}
	rows.Close()
	closed = true
	return nil
}

func DeferredFlagWrong(db *sql.DB, fail bool) error {
	rows, err := db.Query("SELECT id FROM t") // want "rows from .* not closed"
	if err != nil {
		return err
	}
	closed := true
	defer func() {
		if !closed {
			rows.Close()
		}
	}()
	if fail {
		return sql.ErrNoRows
	}
	rows.Close()
	return nil
}

func Negated(db *sql.DB, keep bool) error {
	rows, err := db.Query("SELECT id FROM t") // ok: one of the two is true
	if err != nil {
		return err
	}
	if keep {
		defer rows.Close()
	}
	rows.Next()
	if !keep {
		rows.Close()
	}
	return nil
}

// The deferred literal captures the flag.
func CapturedFlag(db *sql.DB, ask bool) (err error) {
	var rows *sql.Rows
	if ask {
		if rows, err = db.Query("SELECT id FROM t"); err != nil { // ok: closed under the same condition
			return err
		}
	}
	defer func() {
		if ask {
			rows.Close()
		}
	}()
	_, err = db.Exec("UPDATE t SET a = 1")
	return err
}

func CapturedOtherFlag(db *sql.DB, ask, end bool) (err error) {
	var rows *sql.Rows
	if ask {
		if rows, err = db.Query("SELECT id FROM t"); err != nil { // want "rows from .* not closed"
			return err
		}
	}
	defer func() {
		if ask && end {
			rows.Close()
		}
	}()
	_, err = db.Exec("UPDATE t SET a = 1")
	return err
}
