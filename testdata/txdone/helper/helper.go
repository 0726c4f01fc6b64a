// Package helper: transactions that functions begin, end, use and keep.
package helper

import (
	"context"
	"database/sql"
	"errors"
	"log"
)

func begin(ctx context.Context, db *sql.DB) (*sql.Tx, error) {
	tx, err := db.BeginTx(ctx, nil) // ok: the caller's
	if err != nil {
		return nil, errors.Join(errors.New("begin"), err)
	}
	return tx, nil
}

// rollback ignores what a finished transaction says.
func rollback(tx *sql.Tx) {
	if err := tx.Rollback(); err != nil && !errors.Is(err, sql.ErrTxDone) {
		log.Print(err)
	}
}

// finish ends it one way or the other.
func finish(tx *sql.Tx, err error) error {
	if err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

func use(ctx context.Context, tx *sql.Tx) error {
	_, err := tx.ExecContext(ctx, "UPDATE t SET a = 1")
	return err
}

func Leaks(ctx context.Context, db *sql.DB) error {
	tx, err := begin(ctx, db) // want "transaction from .* neither committed nor rolled back"
	if err != nil {
		return err
	}
	if err := use(ctx, tx); err != nil {
		return err
	}
	return tx.Commit()
}

func DeferredHelper(ctx context.Context, db *sql.DB) error {
	tx, err := begin(ctx, db) // ok: the helper rolls back
	if err != nil {
		return err
	}
	defer rollback(tx)
	if err := use(ctx, tx); err != nil {
		return err
	}
	return tx.Commit()
}

func Finished(ctx context.Context, db *sql.DB) error {
	tx, err := begin(ctx, db) // ok: finish ends it in every case
	if err != nil {
		return err
	}
	return finish(tx, use(ctx, tx))
}

func FinishedOnSuccess(ctx context.Context, db *sql.DB) error {
	tx, err := begin(ctx, db) // want "transaction from .* neither committed nor rolled back"
	if err != nil {
		return err
	}
	if err := use(ctx, tx); err != nil {
		return err
	}
	return finish(tx, nil)
}

// inTx runs fn in a transaction.
func inTx(ctx context.Context, db *sql.DB, fn func(*sql.Tx) error) error {
	tx, err := db.BeginTx(ctx, nil) // ok: ended here
	if err != nil {
		return err
	}
	if err := fn(tx); err != nil {
		tx.Rollback()
		return err
	}
	return tx.Commit()
}

func InTx(ctx context.Context, db *sql.DB) error {
	return inTx(ctx, db, func(tx *sql.Tx) error { // ok: the transaction is inTx's
		return use(ctx, tx)
	})
}

// inTxLeaks forgets the callback's error.
func inTxLeaks(ctx context.Context, db *sql.DB, fn func(*sql.Tx) error) error {
	tx, err := db.BeginTx(ctx, nil) // want "transaction from .* neither committed nor rolled back"
	if err != nil {
		return err
	}
	if err := use(ctx, tx); err != nil {
		return err
	}
	if err := fn(tx); err != nil {
		tx.Rollback()
		return err
	}
	return tx.Commit()
}

// noexec: inTxLeaks leaks, not its caller
func InTxLeaks(ctx context.Context, db *sql.DB) error {
	return inTxLeaks(ctx, db, func(tx *sql.Tx) error { return nil })
}

func LocalRollback(ctx context.Context, db *sql.DB) error {
	tx, err := db.BeginTx(ctx, nil) // ok: each error goes through the local function
	if err != nil {
		return err
	}
	fail := func(err error) error {
		if rerr := tx.Rollback(); rerr != nil {
			return errors.Join(err, rerr)
		}
		return err
	}
	if err := use(ctx, tx); err != nil {
		return fail(err)
	}
	if err := use(ctx, tx); err != nil {
		return fail(err)
	}
	return tx.Commit()
}

type key struct{}

func fromContext(ctx context.Context) (*sql.Tx, bool) {
	tx, ok := ctx.Value(key{}).(*sql.Tx)
	return tx, ok
}

func Borrowed(ctx context.Context) error {
	tx, ok := fromContext(ctx) // ok: borrowed
	if !ok {
		return nil
	}
	return use(ctx, tx)
}

// noexec: nothing ends what the context carries
func Carried(ctx context.Context, db *sql.DB) (context.Context, error) {
	tx, err := db.BeginTx(ctx, nil) // ok: travels in the context
	if err != nil {
		return ctx, err
	}
	return context.WithValue(ctx, key{}, tx), nil
}

func Parameter(ctx context.Context, tx *sql.Tx) error {
	return use(ctx, tx) // ok: the caller's
}

// orBegin uses the caller's transaction, or one of its own.
func OrBegin(ctx context.Context, db *sql.DB, outer *sql.Tx) error {
	tx := outer
	if tx == nil {
		own, err := db.BeginTx(ctx, nil) // ok: ended below, under the same condition
		if err != nil {
			return err
		}
		tx = own
	}
	err := use(ctx, tx)
	if outer == nil {
		return finish(tx, err)
	}
	return err
}
