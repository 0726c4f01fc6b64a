// Package dead: a retry on the transaction or connection that was lost.
package dead

import (
	"context"
	"database/sql"
	"errors"
	"log"
	"time"

	"github.com/cenkalti/backoff/v4"
)

func SameTx(ctx context.Context, tx *sql.Tx) (err error) {
	for range 3 {
		if _, err = tx.ExecContext(ctx, "UPDATE bill SET paid = true"); err == nil { // want `\(\*sql\.Tx\)\.ExecContext is tried again on the same transaction tx: once that is lost`
			return nil
		}
		time.Sleep(time.Second)
	}
	return err
}

func SameConn(ctx context.Context, db *sql.DB) error {
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	for {
		_, err := conn.ExecContext(ctx, "UPDATE bill SET paid = true") // want `is tried again on the same connection`
		if err == nil {
			return nil
		}
		log.Print(err)
		time.Sleep(time.Second)
	}
}

func Helper(ctx context.Context, db *sql.DB) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	for i := 0; ; i++ {
		err := pay(ctx, tx) // want `dead\.pay is tried again on the same transaction`
		if err == nil {
			break
		}
		if i == 3 {
			return err
		}
	}
	return tx.Commit()
}

func pay(ctx context.Context, tx *sql.Tx) error {
	_, err := tx.ExecContext(ctx, "UPDATE bill SET paid = true")
	return err
}

func Literal(ctx context.Context, db *sql.DB) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	err = backoff.Retry(func() error {
		_, err := tx.ExecContext(ctx, "UPDATE bill SET paid = true") // want `is tried again on the same transaction tx`
		return err
	}, backoff.NewExponentialBackOff())
	if err != nil {
		return err
	}
	return tx.Commit()
}

// Fresh makes a new transaction for each attempt.
func Fresh(ctx context.Context, db *sql.DB) (err error) {
	for range 3 {
		if err = attempt(ctx, db); err == nil { // ok: starts afresh
			return nil
		}
		time.Sleep(time.Second)
	}
	return err
}

func attempt(ctx context.Context, db *sql.DB) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if err := pay(ctx, tx); err != nil {
		return err
	}
	return tx.Commit()
}

// Items goes on with the next item: that is no retry.
func Items(ctx context.Context, tx *sql.Tx, ids []int) error {
	for _, id := range ids {
		if _, err := tx.ExecContext(ctx, "DELETE FROM bill WHERE id = $1", id); err != nil { // ok: another item each time
			log.Print(err)
		}
	}
	return nil
}

var errBusy = errors.New("busy")

// Judged looks at the error: a lock that was not free leaves the transaction alive.
func Judged(ctx context.Context, tx *sql.Tx) (err error) {
	for range 3 {
		_, err = tx.ExecContext(ctx, "SELECT get_lock('bill', 0)") // ok: only after an error that leaves the transaction alive
		if err == nil {
			return nil
		}
		if !errors.Is(err, errBusy) {
			return err
		}
		time.Sleep(time.Second)
	}
	return err
}

// Savepoint goes back to a savepoint before it tries again.
func Savepoint(ctx context.Context, tx *sql.Tx) (err error) {
	for range 3 {
		if _, err := tx.ExecContext(ctx, "SAVEPOINT try"); err != nil {
			return err
		}
		if _, err = tx.ExecContext(ctx, "UPDATE bill SET paid = true"); err == nil { // ok: the savepoint keeps the transaction alive
			return nil
		}
		if _, err := tx.ExecContext(ctx, "ROLLBACK TO SAVEPOINT try"); err != nil {
			return err
		}
	}
	return err
}

// inSavepoint runs f until it succeeds, from the same savepoint.
func inSavepoint(ctx context.Context, tx *sql.Tx, f func() error) error {
	if _, err := tx.ExecContext(ctx, "SAVEPOINT again"); err != nil {
		return err
	}
	for {
		err := f()
		if err == nil {
			_, err = tx.ExecContext(ctx, "RELEASE SAVEPOINT again")
			return err
		}
		if !errors.Is(err, errBusy) {
			return err
		}
		if _, err := tx.ExecContext(ctx, "ROLLBACK TO SAVEPOINT again"); err != nil {
			return err
		}
	}
}

// Executor hands the transaction to what runs the literal.
func Executor(ctx context.Context, db *sql.DB) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	err = inSavepoint(ctx, tx, func() error {
		return pay(ctx, tx) // ok: the helper returns to a savepoint of it
	})
	if err != nil {
		return err
	}
	return tx.Commit()
}
