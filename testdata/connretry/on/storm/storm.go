// Package storm: attempts with neither a pause nor an end.
package storm

import (
	"context"
	"database/sql"
	"time"
)

func Storm(db *sql.DB) {
	for {
		if err := db.Ping(); err == nil { // want `\(\*sql\.DB\)\.Ping is tried again without pause or end`
			return
		}
	}
}

func Paused(db *sql.DB) {
	for {
		if err := db.Ping(); err == nil { // ok: with a pause
			return
		}
		time.Sleep(time.Second)
	}
}

func Bounded(db *sql.DB) (err error) {
	for range 3 {
		if err = db.Ping(); err == nil { // ok: three times
			return nil
		}
	}
	return err
}

func UntilDone(ctx context.Context, db *sql.DB) error {
	for ctx.Err() == nil {
		if err := db.PingContext(ctx); err == nil { // ok: the context ends it
			return nil
		}
	}
	return ctx.Err()
}
