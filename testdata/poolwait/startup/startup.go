// Command startup: what happens before anything is served may wait.
package main

import (
	"context"
	"database/sql"
	"log"
	"net/http"
	"os"
)

func main() {
	db, err := sql.Open("pgx", os.Getenv("DSN"))
	if err != nil {
		log.Fatal(err)
	}
	if err := db.Ping(); err != nil { // ok: start-up
		log.Fatal(err)
	}
	if err := migrate(context.Background(), db); err != nil {
		log.Fatal(err)
	}
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		db.Ping() // want `\(\*sql.DB\).Ping without a context`
	})
	log.Fatal(http.ListenAndServe(":8080", nil))
}

func migrate(ctx context.Context, db *sql.DB) error {
	_, err := db.ExecContext(ctx, "CREATE TABLE t ()") // ok: start-up
	return err
}
