// Command oneshot is run by hand.
package main

import (
	"database/sql"
	"log"
)

func main() {
	db, err := sql.Open("pgx", "postgres://db/shop")
	if err != nil {
		log.Fatal(err)
	}
	if err := db.Ping(); err != nil { // ok: whoever runs it sees the error
		log.Fatal(err)
	}
}
