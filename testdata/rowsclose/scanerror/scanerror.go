// Package scanerror: Rows.Scan of database/sql leaves the rows open when it fails.
package scanerror

import "database/sql"

func LastRow(db *sql.DB) (id int, err error) {
	rows, err := db.Query("SELECT id FROM t LIMIT 1") // want "rows from .* not closed"
	if err != nil {
		return 0, err
	}
	for rows.Next() {
		if err := rows.Scan(&id); err != nil {
			return 0, err
		}
	}
	return id, rows.Err()
}

func Kept(db *sql.DB) (id int, err error) {
	rows, err := db.Query("SELECT id FROM t LIMIT 1") // ok: the error is kept, the loop goes on to the end
	if err != nil {
		return 0, err
	}
	var failed error
	for rows.Next() {
		if err := rows.Scan(&id); err != nil {
			failed = err
		}
	}
	if failed != nil {
		return 0, failed
	}
	return id, rows.Err()
}
