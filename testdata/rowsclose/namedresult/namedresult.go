// Package namedresult: named results and what deferred functions do with them.
package namedresult

import (
	"database/sql"
	"errors"
)

func OnErrorOnly(db *sql.DB, dry bool) (err error) {
	rows, err := db.Query("SELECT id FROM t") // want "rows from .* not closed"
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			rows.Close()
		}
	}()
	if dry {
		return nil
	}
	rows.Next()
	return errors.New("done")
}

func CloseErrorMerged(db *sql.DB) (n int, err error) {
	rows, err := db.Query("SELECT id FROM t") // ok: closed in every case
	if err != nil {
		return 0, err
	}
	defer func() {
		if cerr := rows.Close(); cerr != nil && err == nil {
			err = cerr
		}
	}()
	for rows.Next() {
		n++
	}
	return n, rows.Err()
}

func Returned(db *sql.DB) (rows *sql.Rows, err error) {
	rows, err = db.Query("SELECT id FROM t") // ok: the caller's
	return
}

func ReturnedLogged(db *sql.DB) (rows *sql.Rows, err error) {
	defer func() {
		if err != nil {
			err = errors.Join(errors.New("query"), err)
		}
	}()
	rows, err = db.Query("SELECT id FROM t") // ok: the caller's
	return rows, err
}

func DroppedOnError(db *sql.DB) (rows *sql.Rows, err error) {
	rows, err = db.Query("SELECT id FROM t") // want "rows from .* not closed"
	if err != nil {
		return nil, err
	}
	if _, err = rows.Columns(); err != nil {
		return nil, err
	}
	if !rows.Next() {
		return nil, rows.Err()
	}
	var id int
	if err = rows.Scan(&id); err != nil {
		return nil, err
	}
	return rows, nil
}

func DroppedOnErrorClosed(db *sql.DB) (rows *sql.Rows, err error) {
	rows, err = db.Query("SELECT id FROM t") // ok: closed where it is not handed out
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			rows.Close()
			rows = nil
		}
	}()
	if !rows.Next() {
		return rows, rows.Err()
	}
	var id int
	err = rows.Scan(&id)
	return rows, err
}

func BareReturn(db *sql.DB, dry bool) (err error) {
	rows, err := db.Query("SELECT id FROM t") // want "rows from .* not closed"
	if err != nil {
		return
	}
	if dry {
		return
	}
	err = rows.Close()
	return
}
