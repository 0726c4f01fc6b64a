// Command unlimited: one replica, no limit.
package main

import (
	"database/sql"
	"log"
	"net/http"
	"os"
)

func main() {
	db, err := sql.Open("pgx", os.Getenv("DATABASE_URL")) // want `nothing limits the pool db of unlimited opened at .*poolbudget/unlimited/main\.go:12 \(SetMaxOpenConns is never called\): the server accepts 100 connections, and the budget of all workloads is 80`
	if err != nil {
		log.Fatal(err)
	}
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		if err := db.PingContext(r.Context()); err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
		}
	})
	log.Fatal(http.ListenAndServe(":8080", nil))
}
