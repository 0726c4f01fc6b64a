// Package jobs: what a scheduler or a queue calls.
package jobs

import (
	"database/sql"
	"os"

	"github.com/robfig/cron/v3"
)

func schedule(c *cron.Cron, shared *sql.DB) {
	c.AddFunc("@hourly", func() {
		db, err := sql.Open("pgx", os.Getenv("DSN")) // want `sql.Open opens a pool for every job`
		if err != nil {
			return
		}
		defer db.Close()
		db.Ping()
	})
	c.AddFunc("@hourly", func() {
		shared.Ping() // ok: the pool is shared
	})
	c.AddFunc("@daily", nightly)
}

func nightly() {
	db, err := sql.Open("pgx", os.Getenv("DSN")) // want `sql.Open opens a pool for every job`
	if err != nil {
		return
	}
	db.Ping()
}
