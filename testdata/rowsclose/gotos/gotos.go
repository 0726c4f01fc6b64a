// Package gotos: goto over the Close, and to it.
package gotos

import "database/sql"

func Over(db *sql.DB, skip bool) error {
	rows, err := db.Query("SELECT id FROM t") // want "rows from .* not closed"
	if err != nil {
		return err
	}
	if skip {
		goto done
	}
	rows.Close()
done:
	return nil
}

func To(db *sql.DB, skip bool) (n int, err error) {
	rows, err := db.Query("SELECT id FROM t") // ok: both ways lead to the label
	if err != nil {
		return 0, err
	}
	if skip {
		goto done
	}
	for rows.Next() {
		n++
	}
	err = rows.Err()
done:
	rows.Close()
	return n, err
}

func Back(db *sql.DB) error {
	tries := 0
again:
	rows, err := db.Query("SELECT id FROM t") // want "rows from"
	if err != nil {
		return err
	}
	if tries++; tries < 3 && rows.Next() {
		goto again
	}
	return rows.Close()
}

func BackClosed(db *sql.DB) error {
	tries := 0
again:
	rows, err := db.Query("SELECT id FROM t") // ok: closed before it starts over
	if err != nil {
		return err
	}
	if tries++; tries < 3 && rows.Next() {
		rows.Close()
		goto again
	}
	return rows.Close()
}
