// Package body: the client sends the request's body as fast as it cares to.
package body

import (
	"database/sql"
	"encoding/json"
	"io"
	"net/http"
)

type API struct{ db *sql.DB }

func (a *API) Decode(w http.ResponseWriter, r *http.Request) error {
	tx, err := a.db.BeginTx(r.Context(), nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	var names []string
	if err := json.NewDecoder(r.Body).Decode(&names); err != nil { // want `Decode waits for the client, who sends the request's body`
		return err
	}
	for _, name := range names {
		if _, err := tx.ExecContext(r.Context(), "INSERT INTO names VALUES ($1)", name); err != nil {
			return err
		}
	}
	return tx.Commit()
}

func (a *API) ReadAll(w http.ResponseWriter, r *http.Request) error {
	tx, err := a.db.BeginTx(r.Context(), nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	text, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20)) // want `io\.ReadAll waits for the client`
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(r.Context(), "INSERT INTO texts VALUES ($1)", text); err != nil {
		return err
	}
	return tx.Commit()
}

func (a *API) ReadFirst(w http.ResponseWriter, r *http.Request) error {
	text, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20)) // ok: before the transaction
	if err != nil {
		return err
	}
	tx, err := a.db.BeginTx(r.Context(), nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if _, err := tx.ExecContext(r.Context(), "INSERT INTO texts VALUES ($1)", text); err != nil {
		return err
	}
	return tx.Commit()
}
