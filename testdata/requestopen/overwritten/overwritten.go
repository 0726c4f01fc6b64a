// Package overwritten: a package variable that every request replaces is not
// remembering.
package overwritten

import (
	"database/sql"
	"net/http"
	"os"
)

var db *sql.DB

func handle(w http.ResponseWriter, r *http.Request) {
	var err error
	db, err = sql.Open("mysql", os.Getenv("DSN")) // want `sql.Open opens a pool for every request: it replaces db`
	if err != nil {
		return
	}
	db.PingContext(r.Context())
}

func connect() {
	db, _ = sql.Open("mysql", os.Getenv("DSN")) // want `sql.Open opens a pool for every request: it replaces db`
}

func other(w http.ResponseWriter, r *http.Request) {
	connect()
	db.PingContext(r.Context())
}
