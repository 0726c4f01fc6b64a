// Package tune limits the pools of others.
package tune

import (
	"database/sql"
	"time"
)

// All sets both limits.
func All(db *sql.DB, max int) {
	db.SetMaxOpenConns(max)
	db.SetMaxIdleConns(max)
	db.SetConnMaxLifetime(time.Hour)
}

// Size sets the one.
func Size(db *sql.DB) { db.SetMaxOpenConns(4) }
