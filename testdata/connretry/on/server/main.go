// Command server serves.
package main

import (
	"database/sql"
	"log"
	"net/http"
)

func main() {
	db, err := sql.Open("pgx", "postgres://db/shop")
	if err != nil {
		log.Fatal(err)
	}
	if err := db.Ping(); err != nil { // want `the process ends when \(\*sql\.DB\)\.Ping fails once`
		log.Fatal(err)
	}
	http.HandleFunc("/health", func(w http.ResponseWriter, r *http.Request) {
		if err := db.PingContext(r.Context()); err != nil { // ok: it only answers
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
		}
	})
	log.Fatal(http.ListenAndServe(":8080", nil))
}
