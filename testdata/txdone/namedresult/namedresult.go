// Package namedresult: deferred functions that look at the error of the function.
package namedresult

import (
	"context"
	"database/sql"
	"fmt"
)

func OnErrorOnly(ctx context.Context, db *sql.DB, dry bool) (err error) {
	tx, err := db.BeginTx(ctx, nil) // want "transaction from .* neither committed nor rolled back"
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			tx.Rollback()
		}
	}()
	if dry {
		return nil
	}
	if _, err := tx.ExecContext(ctx, "UPDATE t SET a = 1"); err != nil {
		return err
	}
	return tx.Commit()
}

func OnErrorAndCommit(ctx context.Context, db *sql.DB) (err error) {
	tx, err := db.BeginTx(ctx, nil) // ok: rolled back on an error, else committed
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			tx.Rollback()
		}
	}()
	if _, err := tx.ExecContext(ctx, "UPDATE t SET a = 1"); err != nil {
		return err
	}
	return tx.Commit()
}

// The result has no name: the deferred function sees the variable, which the inner error shadows.
func Shadowed(ctx context.Context, db *sql.DB) error {
	tx, err := db.BeginTx(ctx, nil) // want "transaction from .* neither committed nor rolled back"
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			tx.Rollback()
		}
	}()
	if _, err := tx.ExecContext(ctx, "UPDATE t SET a = 1"); err != nil {
		return err
	}
	return tx.Commit()
}

func NotShadowed(ctx context.Context, db *sql.DB) error {
	tx, err := db.BeginTx(ctx, nil) // ok: the deferred function sees the error
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			tx.Rollback()
		}
	}()
	if _, err = tx.ExecContext(ctx, "UPDATE t SET a = 1"); err != nil {
		return err
	}
	return tx.Commit()
}

// A named result receives what is returned, shadowed or not.
func ShadowedButNamed(ctx context.Context, db *sql.DB) (retErr error) {
	tx, err := db.BeginTx(ctx, nil) // ok: retErr is what is returned
	if err != nil {
		return err
	}
	defer func() {
		if retErr != nil {
			tx.Rollback()
			return
		}
		retErr = tx.Commit()
	}()
	if _, err := tx.ExecContext(ctx, "UPDATE t SET a = 1"); err != nil {
		return err
	}
	return nil
}

// The function commits although it fails: the deferred function looks at a shadowed error.
func CommitsShadowed(ctx context.Context, db *sql.DB) (err error) {
	tx, terr := db.BeginTx(ctx, nil) // ok: ended, if in the wrong way
	if terr != nil {
		return terr
	}
	var failed error
	defer func() {
		if failed != nil {
			tx.Rollback()
			return
		}
		err = tx.Commit() // want "commit"
	}()
	if _, failed := tx.ExecContext(ctx, "UPDATE t SET a = 1"); failed != nil {
		return failed
	}
	return nil
}

func CommitsChecked(ctx context.Context, db *sql.DB) (err error) {
	tx, terr := db.BeginTx(ctx, nil) // ok: ended
	if terr != nil {
		return terr
	}
	defer func() {
		if err != nil {
			tx.Rollback()
			return
		}
		err = tx.Commit() // ok: only where the function succeeds
	}()
	if _, failed := tx.ExecContext(ctx, "UPDATE t SET a = 1"); failed != nil {
		return failed
	}
	return nil
}

func Recovers(ctx context.Context, db *sql.DB, fn func() error) (err error) {
	tx, err := db.BeginTx(ctx, nil) // ok: the usual pattern
	if err != nil {
		return err
	}
	defer func() {
		if p := recover(); p != nil {
			tx.Rollback()
			panic(p)
		} else if err != nil {
			tx.Rollback()
		} else {
			err = tx.Commit()
		}
	}()
	err = fn()
	return err
}

// What panics between Begin and the end, and is recovered, leaves the transaction open.
func RecoversWithout(ctx context.Context, db *sql.DB, ok bool) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	tx, err := db.BeginTx(ctx, nil) // want "transaction from .* neither committed nor rolled back"
	if err != nil {
		return err
	}
	if !ok {
		panic("not ok")
	}
	return tx.Commit()
}
