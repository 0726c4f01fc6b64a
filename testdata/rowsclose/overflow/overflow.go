// Package overflow: many paths, which differ in booleans only.
package overflow

import "database/sql"

func Many(db *sql.DB, a, b, c, d, e, f bool) (n int, err error) {
	rows, err := db.Query("SELECT id FROM t") // ok: closed at the end, after 64 ways through
	if err != nil {
		return 0, err
	}
	if a {
		n += 1
	}
	if b {
		n += 2
	}
	if c {
		n += 4
	}
	if d {
		n += 8
	}
	if e {
		n += 16
	}
	if f {
		n += 32
	}
	if a && b || c && d || e && f {
		n++
	}
	rows.Close()
	return n, rows.Err()
}

func Correlated(db *sql.DB, a, b, c, d, e bool) (n int, err error) {
	var rows *sql.Rows
	if a && b && c {
		if rows, err = db.Query("SELECT id FROM t"); err != nil { // ok: closed under the same conditions
			return 0, err
		}
	}
	if d {
		n++
	}
	if e {
		n++
	}
	if a && b && c {
		rows.Close()
	}
	return n, nil
}
