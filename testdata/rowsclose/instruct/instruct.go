// Package instruct: rows that come in a struct that cannot close them.
package instruct

import "database/sql"

// A Result is what a query returned.
type Result struct {
	Rows  *sql.Rows
	Error error
}

func query(db *sql.DB) (Result, error) {
	var res Result
	res.Rows, res.Error = db.Query("SELECT id FROM t") // ok: the caller's
	return res, res.Error
}

func Thrown(db *sql.DB) error {
	_, err := query(db) // want "rows from .* not closed, they are thrown away"
	return err
}

func First(db *sql.DB) (id int, err error) {
	res, err := query(db) // want "rows from .* not closed"
	if err != nil {
		return 0, err
	}
	if res.Rows.Next() {
		err = res.Rows.Scan(&id)
	}
	return id, err
}

func FirstCloses(db *sql.DB) (id int, err error) {
	res, err := query(db) // ok: deferred
	if err != nil {
		return 0, err
	}
	defer res.Rows.Close()
	if res.Rows.Next() {
		err = res.Rows.Scan(&id)
	}
	return id, err
}

// each reads to the end.
func (r *Result) each(f func()) {
	for r.Rows.Next() {
		f()
	}
}

func Each(db *sql.DB) (n int, err error) {
	res, err := query(db) // ok: read to the end
	if err != nil {
		return 0, err
	}
	res.each(func() { n++ })
	return n, res.Rows.Err()
}
