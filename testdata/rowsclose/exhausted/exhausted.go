// Package exhausted: Next returned false, so that the connection has been given back.
package exhausted

import "database/sql"

func Count(db *sql.DB) (n int, err error) {
	rows, err := db.Query("SELECT id FROM t") // ok: nothing leaves the loop but its end
	if err != nil {
		return 0, err
	}
	for rows.Next() {
		n++
	}
	return n, rows.Err()
}

func Empty(db *sql.DB) error {
	rows, err := db.Query("SELECT id FROM t") // ok: false means that it is closed
	if err != nil {
		return err
	}
	if !rows.Next() {
		return sql.ErrNoRows
	}
	return rows.Close()
}

func Exactly1(db *sql.DB) error {
	rows, err := db.Query("SELECT id FROM t") // want "rows from .* not closed"
	if err != nil {
		return err
	}
	if !rows.Next() {
		return sql.ErrNoRows
	}
	var id int
	if err := rows.Scan(&id); err != nil {
		rows.Close()
		return err
	}
	if rows.Next() {
		return sql.ErrTxDone
	}
	return rows.Err()
}

func Exactly1Closed(db *sql.DB) error {
	rows, err := db.Query("SELECT id FROM t") // ok: closed where there is a second row
	if err != nil {
		return err
	}
	if !rows.Next() {
		return sql.ErrNoRows
	}
	if rows.Next() {
		rows.Close()
		return sql.ErrTxDone
	}
	return rows.Err()
}

func NextIgnored(db *sql.DB) error {
	rows, err := db.Query("SELECT id FROM t") // want "rows from .* not closed"
	if err != nil {
		return err
	}
	rows.Next()
	return nil
}
