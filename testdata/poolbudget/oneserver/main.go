// Command oneserver: the second pool is one of another server, the configuration says.
package main

import (
	"database/sql"
	"log"
	"net/http"
	"os"
)

func main() { // ok: 20 of the primary, the replica does not count
	primary, err := sql.Open("pgx", os.Getenv("PRIMARY_URL"))
	if err != nil {
		log.Fatal(err)
	}
	primary.SetMaxOpenConns(20)
	replica, err := sql.Open("pgx", os.Getenv("REPLICA_URL"))
	if err != nil {
		log.Fatal(err)
	}
	replica.SetMaxOpenConns(100)
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		if err := primary.PingContext(r.Context()); err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
		}
		if err := replica.PingContext(r.Context()); err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
		}
	})
	log.Fatal(http.ListenAndServe(":8080", nil))
}
