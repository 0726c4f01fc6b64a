// Package inprocess: a database inside the process is there or is not.
package inprocess

import (
	"database/sql"
	"log"
)

func Open(name string) (*sql.DB, error) {
	db, err := sql.Open("sqlite", name)
	if err != nil {
		return nil, err
	}
	if err := db.Ping(); err != nil { // ok: no server to wait for
		db.Close()
		return nil, err
	}
	return db, nil
}

func MustOpen(name string) *sql.DB {
	db, err := Open(name)
	if err != nil {
		log.Fatal(err)
	}
	return db
}
