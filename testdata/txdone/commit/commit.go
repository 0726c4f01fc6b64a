// Package commit: the error of Commit says whether the writes are there.
package commit

import (
	"context"
	"database/sql"
	"log"
)

func Dropped(ctx context.Context, db *sql.DB) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, "UPDATE t SET a = 1"); err != nil {
		tx.Rollback()
		return err
	}
	tx.Commit() // want "Commit"
	return nil
}

func Returned(ctx context.Context, db *sql.DB) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, "UPDATE t SET a = 1"); err != nil {
		tx.Rollback()
		return err
	}
	return tx.Commit() // ok: the caller hears of it
}

func DeferredDropped(ctx context.Context, db *sql.DB) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Commit() // want "Commit"
	_, err = tx.ExecContext(ctx, "UPDATE t SET a = 1")
	return err
}

// The result has no name: what the deferred function assigns is lost.
func AssignedToLocal(ctx context.Context, db *sql.DB) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			tx.Rollback()
			return
		}
		err = tx.Commit() // want "Commit"
	}()
	_, err = tx.ExecContext(ctx, "UPDATE t SET a = 1")
	return err
}

func AssignedToResult(ctx context.Context, db *sql.DB) (err error) {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			tx.Rollback()
			return
		}
		err = tx.Commit() // ok: the result has a name
	}()
	_, err = tx.ExecContext(ctx, "UPDATE t SET a = 1")
	return err
}

func LoggedOnly(ctx context.Context, db *sql.DB) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if _, err := tx.ExecContext(ctx, "UPDATE t SET a = 1"); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil { // want "Commit"
		log.Print(err)
	}
	return nil
}

// noexec: it has no error to return, and says what happened
func LoggedWithoutResult(ctx context.Context, db *sql.DB) {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return
	}
	if err := tx.Commit(); err != nil { // ok: the function returns no error, somebody is told
		log.Print(err)
	}
}

// noexec: it says that it does not care
func Blank(ctx context.Context, db *sql.DB) (id int, err error) {
	tx, err := db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return 0, err
	}
	defer tx.Rollback()
	err = tx.QueryRowContext(ctx, "SELECT id FROM t").Scan(&id)
	_ = tx.Commit() // ok: dropped on purpose, and nothing was written
	return id, err
}
