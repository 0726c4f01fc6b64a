// Package private: pools that a function opens for itself.
package private

import (
	"context"
	"database/sql"
)

func report(ctx context.Context, dsn string) error {
	db, err := sql.Open("pgx", dsn)
	if err != nil {
		return err
	}
	defer db.Close()
	return count(ctx, db)
}

func addUser(ctx context.Context, dsn string) error {
	db, err := sql.Open("pgx", dsn)
	if err != nil {
		return err
	}
	defer db.Close()
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if err := check(ctx, db); err != nil { // ok: the pool has as many as it wants, and nobody else
		return err
	}
	return tx.Commit()
}

func addUserOfOne(ctx context.Context, dsn string) error {
	db, err := sql.Open("pgx", dsn)
	if err != nil {
		return err
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if err := check(ctx, db); err != nil { // want `it is the only one, the call waits for ever`
		return err
	}
	return tx.Commit()
}

func check(ctx context.Context, db *sql.DB) error {
	return db.QueryRowContext(ctx, "SELECT 1").Scan(new(int))
}

// count is handed a pool: others may have it as well.
func count(ctx context.Context, db *sql.DB) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if err := check(ctx, db); err != nil { // want `wants a second connection of the pool while the transaction tx holds one`
		return err
	}
	return tx.Commit()
}
