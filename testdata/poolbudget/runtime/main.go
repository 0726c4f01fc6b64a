// Command runtime: how many, the environment says.
package main

import (
	"database/sql"
	"log"
	"net/http"
	"os"
	"strconv"
)

func main() { // ok: not known, and not stated
	db, err := sql.Open("pgx", os.Getenv("DATABASE_URL"))
	if err != nil {
		log.Fatal(err)
	}
	n, err := strconv.Atoi(os.Getenv("MAX_CONNS"))
	if err != nil {
		log.Fatal(err)
	}
	db.SetMaxOpenConns(n)
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		if err := db.PingContext(r.Context()); err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
		}
	})
	log.Fatal(http.ListenAndServe(":8080", nil))
}
