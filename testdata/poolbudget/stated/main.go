// Command stated: the configuration says what the environment does.
package main

import (
	"database/sql"
	"log"
	"net/http"
	"os"
	"strconv"
)

func main() { // want `the workloads can open 105 connections \(10 replicas of stated with 10 each lead\)`
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
