// Package finish: deferred helpers that decide how a transaction ends.
package finish

import (
	"context"
	"database/sql"
	"errors"
)

// end commits, or rolls back where there is an error.
func end(tx *sql.Tx, err *error) {
	if *err != nil {
		*err = errors.Join(*err, tx.Rollback())
		return
	}
	*err = tx.Commit()
}

// endValue returns what is to be returned.
func endValue(tx *sql.Tx, err error) error {
	if err != nil {
		_ = tx.Rollback()
		return err
	}
	return tx.Commit()
}

func Pointer(ctx context.Context, db *sql.DB) (err error) {
	tx, err := db.BeginTx(ctx, nil) // ok: end ends it, whatever the error is
	if err != nil {
		return err
	}
	defer end(tx, &err)
	_, err = tx.ExecContext(ctx, "UPDATE t SET a = 1")
	return err
}

func Value(ctx context.Context, db *sql.DB) (err error) {
	tx, err := db.BeginTx(ctx, nil) // ok: the deferred literal ends it
	if err != nil {
		return err
	}
	defer func() { err = endValue(tx, err) }()
	_, err = tx.ExecContext(ctx, "UPDATE t SET a = 1")
	return err
}

// The error is bound when the call is deferred: it is nil then, and the helper commits.
//
// noexec: it commits what has failed; that is not reported
func BoundTooEarly(ctx context.Context, db *sql.DB) (err error) {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer endValue(tx, err)
	_, err = tx.ExecContext(ctx, "UPDATE t SET a = 1")
	return err
}

func RollbackUnlessDone(ctx context.Context, db *sql.DB) error {
	tx, err := db.BeginTx(ctx, nil) // ok: rolled back unless it was committed
	if err != nil {
		return err
	}
	done := false
	defer func() {
		if !done {
			tx.Rollback()
		}
	}()
	if _, err := tx.ExecContext(ctx, "UPDATE t SET a = 1"); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	done = true
	return nil
}

func DoneTooEarly(ctx context.Context, db *sql.DB) error {
	tx, err := db.BeginTx(ctx, nil) // want "transaction from .* neither committed nor rolled back"
	if err != nil {
		return err
	}
	done := false
	defer func() {
		if !done {
			tx.Rollback()
		}
	}()
	done = true
	if _, err := tx.ExecContext(ctx, "UPDATE t SET a = 1"); err != nil {
		return err
	}
	return tx.Commit()
}

func NilAfterCommit(ctx context.Context, db *sql.DB) error {
	tx, err := db.BeginTx(ctx, nil) // ok: the variable is nil once it is committed
	if err != nil {
		return err
	}
	defer func() {
		if tx != nil {
			tx.Rollback()
		}
	}()
	if _, err := tx.ExecContext(ctx, "UPDATE t SET a = 1"); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	tx = nil
	return nil
}

func Batches(ctx context.Context, db *sql.DB, ids []int) error {
	tx, err := db.BeginTx(ctx, nil) // ok: each is committed before the next begins, the last below
	if err != nil {
		return err
	}
	for i, id := range ids {
		if _, err := tx.ExecContext(ctx, "INSERT INTO t VALUES (?)", id); err != nil {
			tx.Rollback()
			return err
		}
		if i%2 == 1 {
			if err := tx.Commit(); err != nil {
				return err
			}
			if tx, err = db.BeginTx(ctx, nil); err != nil { // ok: committed in its turn
				return err
			}
		}
	}
	return tx.Commit()
}

func SecondLeaks(ctx context.Context, db *sql.DB) error {
	tx, err := db.BeginTx(ctx, nil) // ok: ended
	if err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	tx, err = db.BeginTx(ctx, nil) // want "transaction from .* neither committed nor rolled back"
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, "UPDATE t SET a = 1")
	return err
}

func IfInit(ctx context.Context, db *sql.DB) error {
	if tx, err := db.BeginTx(ctx, nil); err == nil { // ok: ended inside
		defer tx.Rollback()
		return tx.Commit()
	} else {
		return err
	}
}

func SwitchOnExec(ctx context.Context, db *sql.DB) error {
	tx, err := db.BeginTx(ctx, nil) // want "transaction from .* neither committed nor rolled back"
	if err != nil {
		return err
	}
	switch _, err := tx.ExecContext(ctx, "UPDATE t SET a = 1"); {
	case errors.Is(err, sql.ErrNoRows):
		return tx.Rollback()
	case err != nil:
		return err
	}
	return tx.Commit()
}

// endFlag commits if the flag is set.
func endFlag(tx *sql.Tx, ok *bool, err *error) {
	end := tx.Rollback
	if *ok {
		end = tx.Commit
	}
	if e := end(); e != nil && *err == nil {
		*err = e
	}
}

func endEither(tx *sql.Tx, ok *bool) error {
	if *ok {
		return tx.Commit()
	}
	return tx.Rollback()
}

func Flag(ctx context.Context, db *sql.DB) (err error) {
	tx, err := db.BeginTx(ctx, nil) // ok: committed where the flag says so
	if err != nil {
		return err
	}
	ok := false
	defer func() { err = errors.Join(err, endEither(tx, &ok)) }()
	if _, err := tx.ExecContext(ctx, "UPDATE t SET a = 1"); err != nil {
		return err
	}
	ok = true
	return nil
}

func FlagAndError(ctx context.Context, db *sql.DB) (err error) {
	tx, err := db.BeginTx(ctx, nil) // ok: one or the other
	if err != nil {
		return err
	}
	ok := false
	defer endFlag(tx, &ok, &err)
	if _, err := tx.ExecContext(ctx, "UPDATE t SET a = 1"); err != nil {
		return err
	}
	ok = true
	return nil
}
