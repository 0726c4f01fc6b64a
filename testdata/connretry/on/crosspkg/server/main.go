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
	if err := s.Ping(); err != nil { // want `the process ends when \(\*sql\.DB\)\.Ping fails once`
		log.Fatal(err)
	}
	log.Fatal(http.ListenAndServe(":8080", nil))
}
