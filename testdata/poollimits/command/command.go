// Command command runs once and serves nothing.
package main

import (
	"database/sql"
	"log"
	"os"
)

func main() {
	db, err := sql.Open("pgx", os.Getenv("DSN")) // ok: it ends before a limit would matter
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec("VACUUM"); err != nil {
		log.Fatal(err)
	}
}
