// Package wrapper: types that carry a transaction.
package wrapper

import (
	"context"
	"database/sql"
	"errors"
)

// A Work is one unit of work.
type Work struct{ tx *sql.Tx }

// Done ends the unit of work.
func (w *Work) Done(err error) error {
	if err != nil {
		w.tx.Rollback()
		return err
	}
	return w.tx.Commit()
}

func (w *Work) exec(ctx context.Context) error {
	_, err := w.tx.ExecContext(ctx, "UPDATE t SET a = 1")
	return err
}

func start(ctx context.Context, db *sql.DB) (*Work, error) {
	tx, err := db.BeginTx(ctx, nil) // ok: in the Work
	if err != nil {
		return nil, err
	}
	return &Work{tx}, nil
}

func startLeaks(ctx context.Context, db *sql.DB) (*Work, error) {
	tx, err := db.BeginTx(ctx, nil) // want "transaction from .* neither committed nor rolled back"
	if err != nil {
		return nil, err
	}
	if _, err := tx.ExecContext(ctx, "SET x = 1"); err != nil {
		return nil, err
	}
	return &Work{tx}, nil
}

// noexec: startLeaks leaks, not its caller
func StartLeaks(ctx context.Context, db *sql.DB) error {
	w, err := startLeaks(ctx, db) // ok: done
	if err != nil {
		return err
	}
	return w.Done(nil)
}

func NotDone(ctx context.Context, db *sql.DB) error {
	w, err := start(ctx, db) // want "neither committed nor rolled back|not (closed|ended|done)"
	if err != nil {
		return err
	}
	if err := w.exec(ctx); err != nil {
		return err
	}
	return w.Done(nil)
}

func Done(ctx context.Context, db *sql.DB) error {
	w, err := start(ctx, db) // ok: done in each case
	if err != nil {
		return err
	}
	return w.Done(w.exec(ctx))
}

// A Tx embeds one.
type Tx struct {
	*sql.Tx
	n int
}

func begin(ctx context.Context, db *sql.DB) (Tx, error) {
	tx, err := db.BeginTx(ctx, nil) // ok: in what is returned
	return Tx{Tx: tx}, err
}

func Embedded(ctx context.Context, db *sql.DB) error {
	tx, err := begin(ctx, db) // want "neither committed nor rolled back"
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, "UPDATE t SET a = 1"); err != nil {
		return err
	}
	return tx.Commit()
}

func EmbeddedEnded(ctx context.Context, db *sql.DB) error {
	tx, err := begin(ctx, db) // ok: the promoted methods end it
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if _, err := tx.ExecContext(ctx, "UPDATE t SET a = 1"); err != nil {
		return err
	}
	return tx.Commit()
}

// A Beginner hides the pool.
type Beginner interface {
	BeginTx(ctx context.Context, opts *sql.TxOptions) (*sql.Tx, error)
}

func throughInterface(ctx context.Context, b Beginner) error {
	tx, err := b.BeginTx(ctx, nil) // want "transaction from .* neither committed nor rolled back"
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, "UPDATE t SET a = 1"); err != nil {
		return err
	}
	return tx.Commit()
}

// noexec: throughInterface leaks, not its caller
func Interface(ctx context.Context, db *sql.DB) error { return throughInterface(ctx, db) }

// A Committer is what callers see of a transaction.
type Committer interface {
	Commit() error
	Rollback() error
}

func asCommitter(ctx context.Context, db *sql.DB) (Committer, error) {
	return db.BeginTx(ctx, nil) // ok: the caller's
}

func Committed(ctx context.Context, db *sql.DB) error {
	tx, err := asCommitter(ctx, db) // ok: ended
	if err != nil {
		return err
	}
	return tx.Commit()
}

// A Unit is a transaction behind an interface of its own.
type Unit interface {
	Commit() error
	Rollback() error
	MustRollback()
	Delete(ctx context.Context) error
}

// Units hides where transactions come from.
type Units interface {
	Begin(ctx context.Context) (Unit, error)
}

// noexec: no implementation
func UnitLeaks(ctx context.Context, units Units) error {
	u, err := units.Begin(ctx) // want "neither committed nor rolled back"
	if err != nil {
		return err
	}
	if err := u.Delete(ctx); err != nil {
		return err
	}
	return u.Commit()
}

// noexec: no implementation
func UnitEnds(ctx context.Context, units Units) error {
	u, err := units.Begin(ctx) // ok: a method that says that it rolls back
	if err != nil {
		return err
	}
	defer u.MustRollback()
	if err := u.Delete(ctx); err != nil {
		return err
	}
	return u.Commit()
}

// Snapshots hides where transactions come from, and calls it otherwise.
type Snapshots interface {
	NewReadTransaction(ctx context.Context) (Unit, error)
	Transaction() (Unit, error)
}

// noexec: no implementation
func SnapshotLeaks(ctx context.Context, all Snapshots) error {
	u, err := all.NewReadTransaction(ctx) // want "neither committed nor rolled back"
	if err != nil {
		return err
	}
	if err := u.Delete(ctx); err != nil {
		return err
	}
	return u.Commit()
}

// noexec: no implementation
func SnapshotLent(ctx context.Context, all Snapshots) error {
	u, err := all.Transaction() // ok: it may be one that somebody else has begun
	if err != nil {
		return err
	}
	return u.Delete(ctx)
}

// A Session carries a transaction, which its users end.
type Session struct {
	Tx   *sql.Tx
	name string
}

func session(ctx context.Context, db *sql.DB) (*Session, error) {
	tx, err := db.BeginTx(ctx, nil) // ok: the caller's
	if err != nil {
		return nil, err
	}
	return &Session{Tx: tx, name: "s"}, nil
}

func update(ctx context.Context, tx *sql.Tx) error {
	_, err := tx.ExecContext(ctx, "UPDATE t SET a = 1")
	return err
}

func FieldLeaks(ctx context.Context, db *sql.DB) error {
	s, err := session(ctx, db) // want "neither committed nor rolled back"
	if err != nil {
		return err
	}
	if err := update(ctx, s.Tx); err != nil {
		return err
	}
	return s.Tx.Commit()
}

func FieldEnds(ctx context.Context, db *sql.DB) error {
	s, err := session(ctx, db) // ok: ended through the field
	if err != nil {
		return err
	}
	defer s.Tx.Rollback()
	if err := update(ctx, s.Tx); err != nil {
		return err
	}
	return s.Tx.Commit()
}

// A Repo is given the transaction of its caller.
type Repo interface {
	Save(ctx context.Context, tx *sql.Tx) error
	Finish(ctx context.Context, tx *sql.Tx) error
}

// noexec: no implementation
func LentToRepo(ctx context.Context, db *sql.DB, r Repo) error {
	tx, err := db.BeginTx(ctx, nil) // want "neither committed nor rolled back"
	if err != nil {
		return err
	}
	if err := r.Save(ctx, tx); err != nil {
		return err
	}
	return tx.Commit()
}

// noexec: no implementation
func LeftToRepo(ctx context.Context, db *sql.DB, r Repo) error {
	tx, err := db.BeginTx(ctx, nil) // ok: nothing here ends it, so the other may
	if err != nil {
		return err
	}
	return r.Save(ctx, tx)
}

// noexec: no implementation
func FinishedByRepo(ctx context.Context, db *sql.DB, r Repo) error {
	tx, err := db.BeginTx(ctx, nil) // ok: it says that it finishes
	if err != nil {
		return err
	}
	if err := r.Finish(ctx, tx); err != nil {
		return err
	}
	return tx.Commit()
}

// A Guarded ends once, and says so when it is asked again.
type Guarded struct {
	tx     *sql.Tx
	closed bool
	trace  func(string)
}

func guarded(ctx context.Context, db *sql.DB, trace func(string)) (*Guarded, error) {
	tx, err := db.BeginTx(ctx, nil) // ok: the caller's
	if err != nil {
		return nil, err
	}
	return &Guarded{tx: tx, trace: trace}, nil
}

// Commit commits, once.
func (g *Guarded) Commit() error {
	if g.closed {
		return sql.ErrTxDone
	}
	g.closed = true
	if g.trace != nil {
		defer g.trace("commit")
	}
	return g.tx.Commit()
}

// Rollback rolls back, once.
func (g *Guarded) Rollback() error {
	if !g.closed {
		g.closed = true
		if g.trace != nil {
			defer g.trace("rollback")
		}
		return g.tx.Rollback()
	}
	return errors.New("closed")
}

func GuardedEnds(ctx context.Context, db *sql.DB) error {
	g, err := guarded(ctx, db, nil) // ok: ended, or it was before
	if err != nil {
		return err
	}
	if err := update(ctx, g.tx); err != nil {
		g.Rollback()
		return err
	}
	return g.Commit()
}

func GuardedLeaks(ctx context.Context, db *sql.DB) error {
	g, err := guarded(ctx, db, nil) // want "neither committed nor rolled back"
	if err != nil {
		return err
	}
	if err := update(ctx, g.tx); err != nil {
		return err
	}
	return g.Commit()
}

// A dialect makes methods for a transaction.
type dialect interface {
	methods(tx *sql.Tx) methods
}

type methods interface {
	Commit() error
	Rollback() error
}

type plainDialect struct{}

func (plainDialect) methods(tx *sql.Tx) methods { return tx }

// Generated has the transaction, and its methods from elsewhere.
type Generated struct {
	Tx *sql.Tx
	methods
}

func generate(ctx context.Context, db *sql.DB, d dialect) (*Generated, error) {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return nil, err
	}
	return &Generated{Tx: tx, methods: d.methods(tx)}, nil
}

func GeneratedEnds(ctx context.Context, db *sql.DB) error {
	g, err := generate(ctx, db, plainDialect{}) // ok: whatever the methods are of
	if err != nil {
		return err
	}
	if _, err := g.Tx.ExecContext(ctx, "UPDATE t SET a = 1"); err != nil {
		g.Rollback()
		return err
	}
	return g.Commit()
}
