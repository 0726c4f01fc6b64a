// Command oneshot serves nobody.
package main

import (
	"context"
	"database/sql"
	"log"
	"time"
)

func main() {
	db, err := sql.Open("pgx", "postgres://db/shop")
	if err != nil {
		log.Fatal(err)
	}
	if err := clean(context.Background(), db); err != nil {
		log.Fatal(err)
	}
}

func clean(ctx context.Context, db *sql.DB) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	time.Sleep(time.Second) // ok: a command, run by hand
	return tx.Commit()
}
