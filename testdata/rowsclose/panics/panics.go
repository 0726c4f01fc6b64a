// Package panics: a panic is no way out, but a function that recovers leaves by it, and then only what is deferred has run.
package panics

import (
	"database/sql"
	"fmt"
)

func must(ok bool) {
	if !ok {
		panic("not ok")
	}
}

func Panics(db *sql.DB, bad bool) error {
	rows, err := db.Query("SELECT id FROM t") // ok: who panics does not return
	if err != nil {
		return err
	}
	if bad {
		rows.Close()
		panic("bad")
	}
	return rows.Close()
}

func Recovers(db *sql.DB, ok bool) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	rows, err := db.Query("SELECT id FROM t") // want "rows from .* not closed"
	if err != nil {
		return err
	}
	if !ok {
		panic("not ok")
	}
	return rows.Close()
}

func RecoversDeferred(db *sql.DB, ok bool) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	rows, err := db.Query("SELECT id FROM t") // ok: the deferred Close runs in a panic, too
	if err != nil {
		return err
	}
	defer rows.Close()
	must(ok)
	return nil
}
