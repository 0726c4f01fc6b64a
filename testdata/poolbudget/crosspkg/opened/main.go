// Command opened: the pool is opened and limited by another package.
package main

import (
	"log"
	"net/http"
	"os"

	"testdata.connlint.dev/specimens/poolbudget/crosspkg/store"
)

func main() { // want `the workloads can open 95 connections \(3 replicas of opened with 30 each lead\)`
	s, err := store.Open(os.Getenv("DATABASE_URL"))
	if err != nil {
		log.Fatal(err)
	}
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		if err := s.Ping(r.Context()); err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
		}
	})
	log.Fatal(http.ListenAndServe(":8080", nil))
}
