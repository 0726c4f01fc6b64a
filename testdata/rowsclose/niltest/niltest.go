// Package niltest: the resource itself is tested.
package niltest

import "database/sql"

func NotNil(db *sql.DB) error {
	rows, err := db.Query("SELECT id FROM t") // ok: closed if there are rows
	if rows != nil {
		defer rows.Close()
	}
	return err
}

func Nil(db *sql.DB) error {
	rows, err := db.Query("SELECT id FROM t") // ok: where it is nil there is nothing to close
	if rows == nil {
		return err
	}
	return rows.Close()
}

func Inverted(db *sql.DB) error {
	rows, err := db.Query("SELECT id FROM t") // want "rows from .* not closed"
	if rows != nil {
		return err
	}
	return nil
}

func DeferredTest(db *sql.DB, ask bool) (err error) {
	var rows *sql.Rows
	defer func() {
		if rows != nil {
			rows.Close()
		}
	}()
	if !ask {
		return nil
	}
	rows, err = db.Query("SELECT id FROM t") // ok: the deferred function closes what there is
	if err != nil {
		return err
	}
	rows.Next()
	return nil
}

func Maybe(db *sql.DB, ask bool) error {
	var rows *sql.Rows
	if ask {
		var err error
		rows, err = db.Query("SELECT id FROM t") // ok: rows is nil exactly where nobody asked
		if err != nil {
			return err
		}
	}
	if rows != nil {
		rows.Close()
	}
	return nil
}

func MaybeLeaks(db *sql.DB, ask bool) error {
	var rows *sql.Rows
	if ask {
		var err error
		rows, err = db.Query("SELECT id FROM t") // want "rows from .* not closed"
		if err != nil {
			return err
		}
	}
	if rows == nil {
		return sql.ErrNoRows
	}
	return nil
}
