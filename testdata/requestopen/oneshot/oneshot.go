// Command oneshot runs once: what it opens is opened once.
package main

import (
	"database/sql"
	"log"
	"os"
)

func main() {
	db, err := sql.Open("pgx", os.Getenv("DSN")) // ok: main
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()
	for _, q := range os.Args[1:] {
		if err := run(q); err != nil {
			log.Print(err)
		}
	}
}

func run(q string) error {
	db, err := sql.Open("pgx", os.Getenv("DSN")) // ok: nothing serves
	if err != nil {
		return err
	}
	defer db.Close()
	_, err = db.Exec(q)
	return err
}
