// Package lent: a transaction that is lent to a function of which nobody knows what it
// does. The other paths tell whose it is.
package lent

import (
	"context"
	"database/sql"
	"errors"
)

type key struct{}

// InContext lends it in a context.
//
// noexec: its callback does not come from the harness
func InContext(ctx context.Context, db *sql.DB, f func(context.Context) error) error {
	tx, err := db.BeginTx(ctx, nil) // want "transaction from .* neither committed nor rolled back"
	if err != nil {
		return err
	}
	if err := f(context.WithValue(ctx, key{}, tx)); err != nil {
		return err
	}
	return tx.Commit()
}

// noexec: its callback does not come from the harness
func InContextEnds(ctx context.Context, db *sql.DB, f func(context.Context) error) error {
	tx, err := db.BeginTx(ctx, nil) // ok: rolled back or committed
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.WithValue(ctx, key{}, tx))
	defer cancel()
	if err := f(ctx); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

func commit(ctx context.Context) error {
	if tx, ok := ctx.Value(key{}).(*sql.Tx); ok {
		return tx.Commit()
	}
	return nil
}

// noexec: its callback does not come from the harness
func TakenOut(ctx context.Context, db *sql.DB, f func(context.Context) error) error {
	tx, err := db.BeginTx(ctx, nil) // ok: commit takes it out of the context
	if err != nil {
		return err
	}
	ctx = context.WithValue(ctx, key{}, tx)
	if err := f(ctx); err != nil {
		tx.Rollback()
		return err
	}
	return commit(ctx)
}

// noexec: who gets the context ends the transaction
func Begin(ctx context.Context, db *sql.DB) (context.Context, error) {
	tx, err := db.BeginTx(ctx, nil) // ok: in the context
	if err != nil {
		return nil, err
	}
	return context.WithValue(ctx, key{}, tx), nil
}

func work(tx *sql.Tx) error {
	_, err := tx.Exec("UPDATE t SET id = 1")
	return err
}

var table = []func(*sql.Tx) error{work, work}

func Table(db *sql.DB) error {
	tx, err := db.Begin() // want "transaction from .* neither committed nor rolled back"
	if err != nil {
		return err
	}
	for _, f := range table {
		if err := f(tx); err != nil {
			return err
		}
	}
	return tx.Commit()
}

func TableEnds(db *sql.DB) error {
	tx, err := db.Begin() // ok: rolled back or committed
	if err != nil {
		return err
	}
	defer tx.Rollback()
	for _, f := range table {
		if err := f(tx); err != nil {
			return err
		}
	}
	return tx.Commit()
}

type step struct {
	name     string
	up       func(*sql.Tx) error
	rollback func(*sql.Tx) error
}

var steps = map[string]step{"work": {"work", work, (*sql.Tx).Rollback}}

func Field(db *sql.DB) error {
	for _, s := range steps {
		tx, err := db.Begin() // want "transaction from .* neither committed nor rolled back"
		if err != nil {
			return err
		}
		if err := s.up(tx); err != nil {
			return err
		}
		if err := tx.Commit(); err != nil {
			return err
		}
	}
	return nil
}

func FieldEnds(db *sql.DB) error {
	for _, s := range steps {
		tx, err := db.Begin() // ok: the step's rollback, as its name says
		if err != nil {
			return err
		}
		if err := s.up(tx); err != nil {
			s.rollback(tx)
			return err
		}
		if err := tx.Commit(); err != nil {
			return err
		}
	}
	return nil
}

// noexec: whoever the table is of ends it
func Handed(db *sql.DB) error {
	tx, err := db.Begin() // ok: nothing here ends it, so they may
	if err != nil {
		return err
	}
	for _, f := range table {
		if err := f(tx); err != nil {
			return err
		}
	}
	return nil
}

// A unit of work has its transaction in a context.
type unit struct{ ctx context.Context }

func (u *unit) WithContext(ctx context.Context) *unit { return &unit{ctx} }

// noexec: who gets the unit ends the transaction
func Attach(u *unit, db *sql.DB) (*unit, error) {
	tx, err := db.BeginTx(u.ctx, nil) // ok: in what is returned
	if err != nil {
		return nil, err
	}
	if _, err := tx.Exec("SET LOCAL a = 1"); err != nil {
		tx.Rollback()
		return nil, err
	}
	return u.WithContext(context.WithValue(u.ctx, key{}, tx)), nil
}

func end(ctx context.Context, err error) error {
	tx := ctx.Value(key{}).(*sql.Tx)
	if err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

// noexec: its callback does not come from the harness
func EndedInContext(ctx context.Context, db *sql.DB, f func(context.Context) error) error {
	tx, err := db.BeginTx(ctx, nil) // ok: end takes it out of the context
	if err != nil {
		return err
	}
	if _, err := tx.Exec("SET LOCAL a = 1"); err != nil {
		tx.Rollback()
		return err
	}
	ctx = context.WithValue(ctx, key{}, tx)
	return end(ctx, f(ctx))
}

// A manager hands out transactions of its own, and new ones.
type manager interface {
	Unit(ctx context.Context) (*sql.Tx, error)
	TxFromContext(ctx context.Context) (*sql.Tx, error)
}

// noexec: there is no manager
func Participates(ctx context.Context, m manager) error {
	tx, err := m.Unit(ctx) // ok: who only rolls back takes part in what is another's
	if err != nil {
		return err
	}
	if err := work(tx); err != nil {
		tx.Rollback()
		return err
	}
	return nil
}

// noexec: there is no manager
func Completes(ctx context.Context, m manager) error {
	tx, err := m.Unit(ctx) // want "transaction from .* neither committed nor rolled back"
	if err != nil {
		return err
	}
	if err := work(tx); err != nil {
		return err
	}
	return tx.Commit()
}

// noexec: there is no manager
func Finds(ctx context.Context, m manager) error {
	tx, err := m.TxFromContext(ctx) // ok: it is there already
	if err != nil {
		return err
	}
	if err := work(tx); err != nil {
		return err
	}
	return tx.Commit()
}

type handler struct{ tx *sql.Tx }

func (h *handler) Rollback() error { return h.tx.Rollback() }

// noexec: its options do not come from the harness
func Options(db *sql.DB, options ...func(*handler)) (*handler, error) {
	tx, err := db.Begin() // want "transaction from .* neither committed nor rolled back"
	if err != nil {
		return nil, err
	}
	if err := work(tx); err != nil {
		return nil, err // before any option has it
	}
	h := &handler{tx}
	for _, o := range options {
		o(h)
	}
	return h, nil
}

// A store begins transactions and ends them.
type store interface {
	Begin(ctx context.Context) (*sql.Tx, error)
	Save(ctx context.Context, tx *sql.Tx) error
	Commit(ctx context.Context, tx *sql.Tx) error
	Rollback(ctx context.Context, tx *sql.Tx) error
}

// noexec: there is no store
func InStore(ctx context.Context, s store) error {
	tx, err := s.Begin(ctx) // want "transaction from .* neither committed nor rolled back"
	if err != nil {
		return err
	}
	if err := s.Save(ctx, tx); err != nil {
		return err
	}
	return s.Commit(ctx, tx)
}

// noexec: there is no store
func InStoreEnds(ctx context.Context, s store) error {
	tx, err := s.Begin(ctx) // ok: the store ends it
	if err != nil {
		return err
	}
	if err := s.Save(ctx, tx); err != nil {
		return errors.Join(err, s.Rollback(ctx, tx))
	}
	return s.Commit(ctx, tx)
}
