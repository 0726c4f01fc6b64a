// Package resultsets: the end of a result set is not the end of the rows when there is another.
package resultsets

import "database/sql"

func Walk(db *sql.DB) error {
	rows, err := db.Query("SELECT a FROM t; SELECT b FROM t") // ok: the last NextResultSet is false
	if err != nil {
		return err
	}
	for {
		for rows.Next() {
		}
		if err := rows.Err(); err != nil {
			return err
		}
		if !rows.NextResultSet() {
			break
		}
	}
	return rows.Err()
}

func Two(db *sql.DB) error {
	rows, err := db.Query("SELECT a FROM t; SELECT b FROM t; SELECT c FROM t") // ok: deferred
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
	}
	if rows.NextResultSet() {
		for rows.Next() {
		}
	}
	return rows.Err()
}

func StopsInSecond(db *sql.DB) error {
	rows, err := db.Query("SELECT a FROM t; SELECT b FROM t") // want "rows from .* not closed"
	if err != nil {
		return err
	}
	if !rows.NextResultSet() {
		return rows.Err()
	}
	var b int
	if rows.Next() {
		return rows.Scan(&b)
	}
	return rows.Err()
}

func StopsInSecondClosed(db *sql.DB) error {
	rows, err := db.Query("SELECT a FROM t; SELECT b FROM t") // ok: closed where it stops
	if err != nil {
		return err
	}
	if !rows.NextResultSet() {
		return rows.Err()
	}
	var b int
	if rows.Next() {
		defer rows.Close()
		return rows.Scan(&b)
	}
	return rows.Close()
}
