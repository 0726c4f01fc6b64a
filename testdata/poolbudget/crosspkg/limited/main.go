// Command limited: the pool is opened by another package and limited here.
package main

import (
	"log"
	"net/http"
	"os"

	"testdata.connlint.dev/specimens/poolbudget/crosspkg/store"
)

func main() { // ok: 5 of its own and 5 of the ETL
	db, err := store.OpenPool(os.Getenv("DATABASE_URL"))
	if err != nil {
		log.Fatal(err)
	}
	db.SetMaxOpenConns(5)
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		if err := db.PingContext(r.Context()); err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
		}
	})
	log.Fatal(http.ListenAndServe(":8080", nil))
}
