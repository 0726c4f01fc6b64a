// Command command serves nothing: it is the only one to use its pool.
package main

import (
	"database/sql"
	"log"
	"os"
)

func main() {
	db, err := sql.Open("pgx", os.Getenv("DSN"))
	if err != nil {
		log.Fatal(err)
	}
	if err := move(db); err != nil {
		log.Fatal(err)
	}
	if err := moveOne(); err != nil {
		log.Fatal(err)
	}
}

func move(db *sql.DB) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	var n int
	if err := db.QueryRow("SELECT count(*) FROM bill").Scan(&n); err != nil { // ok: the pool opens another one
		return err
	}
	return tx.Commit()
}

func moveOne() error {
	db, err := sql.Open("pgx", os.Getenv("DSN"))
	if err != nil {
		return err
	}
	db.SetMaxOpenConns(1)
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	var n int
	if err := db.QueryRow("SELECT count(*) FROM bill").Scan(&n); err != nil { // want `it is the only one, the call waits for ever`
		return err
	}
	return tx.Commit()
}
