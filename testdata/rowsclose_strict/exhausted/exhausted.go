// Package exhausted: with -rowsclose.strict rows that are only read to the end are reported, too: what panics in the loop
// would leave them open.
package exhausted

import "database/sql"

// noexec: nothing goes wrong unless the loop panics
func ReadToTheEnd(db *sql.DB) (n int, err error) {
	rows, err := db.Query("SELECT id FROM t") // want "rows from"
	if err != nil {
		return 0, err
	}
	for rows.Next() {
		n++
	}
	return n, rows.Err()
}

func Deferred(db *sql.DB) (n int, err error) {
	rows, err := db.Query("SELECT id FROM t") // ok: deferred
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	for rows.Next() {
		n++
	}
	return n, rows.Err()
}
