// Command server asks once, and gives up.
package main

import (
	"database/sql"
	"log"
	"net/http"

	"testdata.connlint.dev/specimens/connretry/on/crosspkg/store"
)

func main() {
	db, err := sql.Open("pgx", "postgres://db/shop")
	if err != nil {
		log.Fatal(err)
	}
	s := store.New(db)
	if err := s.Ping(); err != nil { // want `the process ends when \(\*store\.Store\)\.Ping \(\(\*sql\.DB\)\.Ping\) fails once`
		log.Fatal(err)
	}
	archive, err := store.Open("postgres://archive/shop") // want `the process ends when store\.Open \(\(\*sql\.DB\)\.Ping\) fails once`
	if err != nil {
		log.Fatal(err)
	}
	if err := run(archive); err != nil {
		log.Fatal(err)
	}
	if err := serve(); err != nil {
		log.Fatal(err)
	}
}

func serve() error {
	db, err := sql.Open("pgx", "postgres://queue/shop")
	if err != nil {
		return err
	}
	defer db.Close()
	if err := db.Ping(); err != nil { // want `\(\*sql\.DB\)\.Ping is tried once when the pool is opened`
		return err
	}
	return http.ListenAndServe(":8081", nil)
}

func run(s *store.Store) error {
	if err := s.Ping(); err != nil { // want `the process ends when \(\*store\.Store\)\.Ping`
		return err
	}
	return http.ListenAndServe(":8080", nil)
}
