// Package once: a request's transaction is tried once.
package once

import (
	"context"
	"database/sql"
	"net/http"
	"time"
)

type API struct{ db *sql.DB }

func (a *API) Pay(w http.ResponseWriter, r *http.Request) {
	tx, err := a.db.BeginTx(r.Context(), nil) // want `\(\*sql\.DB\)\.BeginTx is tried once for a request: a failover in the middle of the transaction fails it`
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	defer tx.Rollback()
	if err := tx.Commit(); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
	}
}

func (a *API) PayRetrying(w http.ResponseWriter, r *http.Request) {
	for range 3 {
		if err := a.pay(r.Context()); err == nil {
			return
		}
		time.Sleep(time.Second)
	}
	http.Error(w, "not paid", http.StatusInternalServerError)
}

func (a *API) pay(ctx context.Context) error {
	tx, err := a.db.BeginTx(ctx, nil) // ok: its caller tries again
	if err != nil {
		return err
	}
	defer tx.Rollback()
	return tx.Commit()
}
