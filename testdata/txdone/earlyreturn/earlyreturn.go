// Package earlyreturn: ways out of a function that leave its transaction open.
package earlyreturn

import (
	"context"
	"database/sql"
	"errors"
)

var errEmpty = errors.New("empty")

func ErrorPath(ctx context.Context, db *sql.DB) error {
	tx, err := db.BeginTx(ctx, nil) // want "transaction from .* neither committed nor rolled back"
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, "UPDATE t SET a = 1"); err != nil {
		return err
	}
	return tx.Commit()
}

func ErrorPathRolledBack(ctx context.Context, db *sql.DB) error {
	tx, err := db.BeginTx(ctx, nil) // ok: ended on each way out
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, "UPDATE t SET a = 1"); err != nil {
		tx.Rollback()
		return err
	}
	return tx.Commit()
}

func Deferred(ctx context.Context, db *sql.DB) error {
	tx, err := db.BeginTx(ctx, nil) // ok: Rollback after Commit does nothing
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if _, err := tx.ExecContext(ctx, "UPDATE t SET a = 1"); err != nil {
		return err
	}
	return tx.Commit()
}

func DeferredLiteral(ctx context.Context, db *sql.DB) error {
	tx, err := db.BeginTx(ctx, nil) // ok: the deferred literal rolls back
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	if _, err := tx.ExecContext(ctx, "UPDATE t SET a = 1"); err != nil {
		return err
	}
	return tx.Commit()
}

func OneOfFour(db *sql.DB, ids []int) error {
	tx, err := db.Begin() // want "transaction from .* neither committed nor rolled back"
	if err != nil {
		return err
	}
	if _, err := tx.Exec("DELETE FROM t"); err != nil {
		tx.Rollback()
		return err
	}
	if len(ids) == 0 {
		return errEmpty
	}
	for _, id := range ids {
		if _, err := tx.Exec("INSERT INTO t VALUES (?)", id); err != nil {
			tx.Rollback()
			return err
		}
	}
	return tx.Commit()
}

func AllFour(db *sql.DB, ids []int) error {
	tx, err := db.Begin() // ok: ended on each way out
	if err != nil {
		return err
	}
	if _, err := tx.Exec("DELETE FROM t"); err != nil {
		tx.Rollback()
		return err
	}
	if len(ids) == 0 {
		tx.Rollback()
		return errEmpty
	}
	for _, id := range ids {
		if _, err := tx.Exec("INSERT INTO t VALUES (?)", id); err != nil {
			tx.Rollback()
			return err
		}
	}
	return tx.Commit()
}

// The error of Exec lands in the outer variable and is tested by a return that forgets the transaction.
func TestedTooLate(db *sql.DB, all bool) error {
	tx, err := db.Begin() // want "transaction from .* neither committed nor rolled back"
	if err != nil {
		return err
	}
	if all {
		_, err = tx.Exec("DELETE FROM t")
	} else {
		_, err = tx.Exec("DELETE FROM t WHERE a = 1")
	}
	if err != nil {
		return err
	}
	return tx.Commit()
}

func NoEnd(db *sql.DB) error {
	tx, err := db.Begin() // want "transaction from .* neither committed nor rolled back"
	if err != nil {
		return err
	}
	_, err = tx.Exec("UPDATE t SET a = 1")
	return err
}

func Discarded(db *sql.DB) error {
	_, err := db.Begin() // want "transaction"
	return err
}

func Loop(db *sql.DB, n int) error {
	for range n {
		tx, err := db.Begin() // want "transaction from"
		if err != nil {
			return err
		}
		defer tx.Rollback()
		if _, err := tx.Exec("UPDATE t SET a = 1"); err != nil {
			return err
		}
	}
	return nil
}

func LoopEnded(db *sql.DB, n int) error {
	for range n {
		tx, err := db.Begin() // ok: committed on each turn; the defers are for the errors
		if err != nil {
			return err
		}
		defer tx.Rollback()
		if _, err := tx.Exec("UPDATE t SET a = 1"); err != nil {
			return err
		}
		if err := tx.Commit(); err != nil {
			return err
		}
	}
	return nil
}

func DeferInIf(db *sql.DB, write bool) error {
	tx, err := db.Begin() // ok: deferred in both
	if err != nil {
		return err
	}
	if write {
		defer tx.Rollback()
	} else {
		defer func() { _ = tx.Rollback() }()
	}
	_, err = tx.Exec("UPDATE t SET a = 1")
	return err
}

func Nested(db *sql.DB, a, b bool) error {
	tx, err := db.Begin() // ok: all exits end it
	if err != nil {
		return err
	}
	if a {
		if b {
			return tx.Rollback()
		}
		if _, err := tx.Exec("UPDATE t SET a = 1"); err != nil {
			return errors.Join(err, tx.Rollback())
		}
		return tx.Commit()
	}
	return tx.Rollback()
}

func CommitFailed(db *sql.DB) error {
	tx, err := db.Begin() // ok: a Commit that fails has ended the transaction as well
	if err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	return nil
}

// The rollback in the branch of the failed Begin panics.
func BeginFailed(db *sql.DB) error {
	tx, err := db.Begin()
	if err != nil {
		tx.Rollback() // want "nil|before its error is checked"
		return err
	}
	return tx.Commit()
}

func BeforeCheck(db *sql.DB) error {
	tx, err := db.Begin()
	defer tx.Rollback() // want "before its error is checked"
	if err != nil {
		return err
	}
	return tx.Commit()
}
