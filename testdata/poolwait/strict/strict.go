// Package strict: with -poolwait.strict also the client's patience is no end.
package strict

import (
	"context"
	"database/sql"
	"net/http"
	"time"
)

func serve(db *sql.DB) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		db.PingContext(r.Context()) // ok: the client ends it, unless -poolwait.strict is set
		ctx, cancel := context.WithTimeout(r.Context(), time.Second)
		defer cancel()
		db.PingContext(ctx) // ok: a second
	}
}
