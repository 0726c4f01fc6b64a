// Package values: limits that cannot be meant.
package values

import (
	"database/sql"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

func unlimited(db *sql.DB) {
	db.SetMaxOpenConns(0) // want `a maximum of 0 open connections means no maximum`
	db.SetConnMaxLifetime(time.Hour)
}

func negative(db *sql.DB) {
	db.SetMaxOpenConns(-1) // want `a maximum of -1 open connections means no maximum`
}

func units(db *sql.DB, seconds int) {
	db.SetConnMaxLifetime(300)                    // want `a maximum lifetime of 300ns is a number without a unit`
	db.SetConnMaxIdleTime(time.Duration(60))      // want `a maximum idle time of 60ns is a number without a unit`
	db.SetConnMaxIdleTime(300 * time.Second)      // ok: a unit
	db.SetConnMaxLifetime(time.Duration(seconds)) // ok: who knows
	db.SetConnMaxLifetime(0)                      // ok: for ever, on purpose
}

func idle(db *sql.DB) {
	db.SetMaxOpenConns(5)
	db.SetMaxIdleConns(10) // want `10 idle connections cannot be kept of at most 5 open ones`
}

func idleElsewhere(a, b *sql.DB) {
	a.SetMaxOpenConns(5)
	a.SetMaxIdleConns(5)
	b.SetMaxOpenConns(10)
	b.SetMaxIdleConns(10) // ok: of another pool
}

func health(cfg *pgxpool.Config) {
	cfg.MaxConns = 10
	cfg.HealthCheckPeriod = time.Minute
	cfg.MaxConnLifetime = 10 * time.Second // want `connections expire after 10s but are looked at every 1m0s`
}

func nanoseconds(cfg *pgxpool.Config) {
	cfg.MaxConnIdleTime = 1800 // want `a maximum idle time of 1.8µs is a number without a unit`
}
