// Package donefunc: a transaction that comes with a function that ends it.
package donefunc

import (
	"context"
	"database/sql"
	"errors"
)

// begin returns the function that ends what it has begun.
func begin(ctx context.Context, db *sql.DB) (*sql.Tx, func(error) error, error) {
	tx, err := db.BeginTx(ctx, nil) // ok: the caller's, or done's
	if err != nil {
		return nil, nil, err
	}
	done := func(err error) error {
		if err != nil {
			return errors.Join(err, tx.Rollback())
		}
		return tx.Commit()
	}
	return tx, done, nil
}

func Leaks(ctx context.Context, db *sql.DB) error {
	tx, done, err := begin(ctx, db) // want "transaction from donefunc.begin in tx is neither committed nor rolled back"
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, "UPDATE t SET a = 1"); err != nil {
		return err
	}
	return done(nil)
}

func Ends(ctx context.Context, db *sql.DB) error {
	tx, done, err := begin(ctx, db) // ok: done
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, "UPDATE t SET a = 1")
	return done(err)
}

func Deferred(ctx context.Context, db *sql.DB) (err error) {
	tx, done, err := begin(ctx, db) // ok: done
	if err != nil {
		return err
	}
	defer func() { err = done(err) }()
	_, err = tx.ExecContext(ctx, "UPDATE t SET a = 1")
	return err
}

func Itself(ctx context.Context, db *sql.DB) error {
	tx, _, err := begin(ctx, db) // ok: rolled back without it
	if err != nil {
		return err
	}
	return tx.Rollback()
}

func OnlyDone(ctx context.Context, db *sql.DB) error {
	_, done, err := begin(ctx, db) // ok: done
	if err != nil {
		return err
	}
	return done(nil)
}

func Thrown(ctx context.Context, db *sql.DB) error {
	_, _, err := begin(ctx, db) // want "transaction from donefunc.begin .*thrown away"
	return err
}

// both returns a function for each way.
func both(ctx context.Context, db *sql.DB) (tx *sql.Tx, commit, rollback func() error, err error) {
	tx, err = db.BeginTx(ctx, nil) // ok: the caller's
	if err != nil {
		return nil, nil, nil, err
	}
	return tx, tx.Commit, tx.Rollback, nil
}

// noexec: which of the functions ends it, is not followed
func Both(ctx context.Context, db *sql.DB) error {
	tx, commit, _, err := both(ctx, db) // ok: method values are nobody's
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, "UPDATE t SET a = 1"); err != nil {
		return err
	}
	return commit()
}

// handOn gives both to its own caller.
func handOn(ctx context.Context, db *sql.DB) (*sql.Tx, func(error) error, error) {
	return begin(ctx, db) // ok: the caller's
}

func HandedOn(ctx context.Context, db *sql.DB) error {
	tx, done, err := handOn(ctx, db) // want "transaction from donefunc.handOn in tx is neither committed nor rolled back"
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, "UPDATE t SET a = 1"); err != nil {
		return err
	}
	return done(nil)
}

// unlessDone returns a function that ends it only if nobody else has.
func unlessDone(ctx context.Context, db *sql.DB, keep bool) (*sql.Tx, func(), error) {
	tx, err := db.BeginTx(ctx, nil) // ok: whose it is, the caller knows
	if err != nil {
		return nil, nil, err
	}
	return tx, func() {
		if !keep {
			tx.Rollback()
		}
	}, nil
}

// noexec: whether the function ends it, is not known
func UnlessDone(ctx context.Context, db *sql.DB) error {
	tx, done, err := unlessDone(ctx, db, false) // ok: perhaps
	if err != nil {
		return err
	}
	defer done()
	_, err = tx.ExecContext(ctx, "UPDATE t SET a = 1")
	return err
}
