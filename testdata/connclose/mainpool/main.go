// Command mainpool: main may keep its pool until the process ends.
package main

import (
	"context"
	"database/sql"
	"log"
	"net/http"
)

func main() {
	db, err := sql.Open("specimen", "") // ok: main's, until exit
	if err != nil {
		log.Fatal(err)
	}
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		if err := db.PingContext(r.Context()); err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
		}
	})
	if err := run(); err != nil {
		log.Fatal(err)
	}
	log.Fatal(http.ListenAndServe(":8080", nil))
}

func run() error {
	db, err := sql.Open("specimen", "") // want "pool from .* not closed"
	if err != nil {
		return err
	}
	return db.PingContext(context.Background())
}
