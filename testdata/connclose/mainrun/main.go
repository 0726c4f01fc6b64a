// Command mainrun: what main calls last, and only to say how it went, may keep its pool
// as main may.
package main

import (
	"context"
	"database/sql"
	"fmt"
	"os"
)

func main() {
	if err := prepare(); err != nil {
		os.Exit(1)
	}
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func prepare() error {
	db, err := sql.Open("specimen", "") // want "pool from .* not closed"
	if err != nil {
		return err
	}
	return db.PingContext(context.Background())
}

func run() error {
	db, err := sql.Open("specimen", "") // ok: until the process ends, soon
	if err != nil {
		return err
	}
	return db.PingContext(context.Background())
}
