// Command over: 20 replicas of 10 against 100.
package main

import (
	"database/sql"
	"log"
	"net/http"
	"os"
)

func main() { // want `the workloads can open 205 connections \(20 replicas of over with 10 each lead\): the server accepts 100, and the budget is 80`
	db, err := sql.Open("pgx", os.Getenv("DATABASE_URL"))
	if err != nil {
		log.Fatal(err)
	}
	db.SetMaxOpenConns(10)
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		if err := db.PingContext(r.Context()); err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
		}
	})
	log.Fatal(http.ListenAndServe(":8080", nil))
}
