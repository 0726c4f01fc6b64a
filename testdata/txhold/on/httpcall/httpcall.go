// Package httpcall: an HTTP request between Begin and Commit.
package httpcall

import (
	"context"
	"database/sql"
	"net/http"
)

func Pay(ctx context.Context, db *sql.DB, client *http.Client, req *http.Request) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	resp, err := client.Do(req) // want `\(\*http\.Client\)\.Do waits for an HTTP request while the transaction tx is open`
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if _, err := tx.ExecContext(ctx, "UPDATE bill SET paid = true"); err != nil {
		return err
	}
	return tx.Commit()
}

func Before(ctx context.Context, db *sql.DB, client *http.Client, req *http.Request) error {
	resp, err := client.Do(req) // ok: before the transaction
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if _, err := tx.ExecContext(ctx, "UPDATE bill SET paid = true"); err != nil {
		return err
	}
	return tx.Commit()
}

func After(ctx context.Context, db *sql.DB, client *http.Client, req *http.Request) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if _, err := tx.ExecContext(ctx, "UPDATE bill SET paid = true"); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	resp, err := client.Do(req) // ok: after the transaction
	if err != nil {
		return err
	}
	return resp.Body.Close()
}
