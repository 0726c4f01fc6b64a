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
	res, err := query(db) // want "rows from instruct.query in res.Rows is not closed"
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
func each(r *Result, f func()) {
	for r.Rows.Next() {
		f()
	}
}

func Each(db *sql.DB) (n int, err error) {
	res, err := query(db) // ok: read to the end
	if err != nil {
		return 0, err
	}
	each(&res, func() { n++ })
	return n, res.Rows.Err()
}

// An Iterator has methods, one of which may close.
type Iterator struct {
	rows *sql.Rows
	err  error
}

func (it *Iterator) all(f func()) error {
	if it.err != nil {
		return it.err
	}
	defer it.rows.Close()
	for it.rows.Next() {
		f()
	}
	return it.rows.Err()
}

func iterate(db *sql.DB) *Iterator {
	rows, err := db.Query("SELECT id FROM t")
	return &Iterator{rows, err}
}

func All(db *sql.DB) (n int, err error) {
	return n, iterate(db).all(func() { n++ }) // ok: closed there
}
