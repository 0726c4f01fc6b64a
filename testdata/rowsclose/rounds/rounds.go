// Package rounds: a helper's result that goes into the helper again in the next round,
// and a function with many booleans.
package rounds

import (
	"database/sql"
	"strconv"
)

// handle passes an error on, or not.
func handle(v int64, err error) (int64, error) {
	if err == nil || v > 10 {
		return v, nil
	}
	return v, err
}

// noexec: the texts do not come from the harness
func Sum(db *sql.DB, in []string) (sum int64, err error) {
	for _, s := range in {
		var v int64
		if s != "" {
			v, err = strconv.ParseInt(s, 10, 64)
		}
		v, err = handle(v, err)
		v, err = handle(v, err)
		if err != nil {
			return 0, err
		}
		sum += v
	}
	rows, err := db.Query("SELECT id FROM t") // want "rows from .* not closed"
	if err != nil {
		return 0, err
	}
	rows.Next()
	return sum, nil
}

// Options are tested again and again.
func Options(db *sql.DB, a, b, c, d, e bool) (n int, err error) {
	rows, err := db.Query("SELECT id FROM t") // want "rows from .* not closed"
	if err != nil {
		return 0, err
	}
	for rows.Next() {
		if a {
			n++
		}
		if b {
			n += 2
		}
		if c {
			n += 3
		}
		if d {
			n += 4
		}
		if e {
			return n, nil
		}
	}
	return n, rows.Err()
}

type record struct {
	id             int
	a, b, c, d     bool
	e, f, g, h     bool
	first, another *int
}

// Flags sets one for each column, and asks none: that makes no more paths.
func Flags(db *sql.DB) (out []record, err error) {
	rows, err := db.Query("SELECT id FROM t") // want "rows from .* not closed"
	if err != nil {
		return nil, err
	}
	for rows.Next() {
		var r record
		var a, b, c, d, e, f, g, h sql.NullBool
		if err := rows.Scan(&r.id); err != nil {
			return nil, err
		}
		if a.Valid {
			r.a = true
		}
		if b.Valid {
			r.b = true
		}
		if c.Valid {
			r.c = true
		}
		if d.Valid {
			r.d = true
		}
		if e.Valid {
			r.e = true
		}
		if f.Valid {
			r.f = true
		}
		if g.Valid {
			r.g, r.first = true, &r.id
		}
		if h.Valid {
			r.h, r.another = true, &r.id
		}
		out = append(out, r)
	}
	return out, rows.Err()
}

// Asked flags tell whether the rows are open.
func Asked(db *sql.DB, want bool) (err error) {
	var r record
	var rows *sql.Rows
	if want {
		if rows, err = db.Query("SELECT id FROM t"); err != nil { // ok: closed where the field says so
			return err
		}
		r.a = true
	}
	if r.a {
		return rows.Close()
	}
	return nil
}
