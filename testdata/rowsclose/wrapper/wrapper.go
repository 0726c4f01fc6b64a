// Package wrapper: a type that keeps rows in a field and has a method that closes them is a resource itself.
package wrapper

import (
	"context"
	"database/sql"
)

// An Iterator owns its rows: Stop closes them.
type Iterator struct {
	rows *sql.Rows
	n    int
}

// Stop gives the connection back.
func (it *Iterator) Stop() error { return it.rows.Close() }

// Next reports whether there is another row.
func (it *Iterator) Next() bool {
	it.n++
	return it.rows.Next()
}

func newIterator(ctx context.Context, db *sql.DB) (*Iterator, error) {
	rows, err := db.QueryContext(ctx, "SELECT id FROM t") // ok: in the iterator, which the caller has to stop
	if err != nil {
		return nil, err
	}
	return &Iterator{rows: rows}, nil
}

func newIteratorLeaks(ctx context.Context, db *sql.DB, dry bool) (*Iterator, error) {
	rows, err := db.QueryContext(ctx, "SELECT id FROM t") // want "rows from .* not closed"
	if err != nil {
		return nil, err
	}
	if dry {
		return nil, nil
	}
	return &Iterator{rows: rows}, nil
}

func ConstructorLeaks(ctx context.Context, db *sql.DB, dry bool) error {
	// noexec: newIteratorLeaks leaks, not its caller
	it, err := newIteratorLeaks(ctx, db, dry) // ok: nil or stopped
	if it == nil {
		return err
	}
	return it.Stop()
}

func Dropped(ctx context.Context, db *sql.DB) (bool, error) {
	it, err := newIterator(ctx, db) // want "not (closed|released|stopped)"
	if err != nil {
		return false, err
	}
	return it.Next(), nil
}

func Stopped(ctx context.Context, db *sql.DB) (bool, error) {
	it, err := newIterator(ctx, db) // ok: stopped
	if err != nil {
		return false, err
	}
	defer it.Stop()
	return it.Next(), nil
}

func LocalDropped(ctx context.Context, db *sql.DB) error {
	rows, err := db.QueryContext(ctx, "SELECT id FROM t") // want "rows from .* not closed"
	if err != nil {
		return err
	}
	it := &Iterator{rows: rows}
	it.n++
	return nil
}

func LocalStopped(ctx context.Context, db *sql.DB) error {
	rows, err := db.QueryContext(ctx, "SELECT id FROM t") // ok: stopped through the iterator
	if err != nil {
		return err
	}
	it := &Iterator{rows: rows}
	return it.Stop()
}

// An Embedded has the methods of its rows.
type Embedded struct {
	*sql.Rows
	name string
}

func newEmbedded(ctx context.Context, db *sql.DB) (Embedded, error) {
	rows, err := db.QueryContext(ctx, "SELECT id FROM t") // ok: in the struct that is returned
	return Embedded{rows, "t"}, err
}

func EmbeddedDropped(ctx context.Context, db *sql.DB) error {
	e, err := newEmbedded(ctx, db) // want "not closed"
	if err != nil {
		return err
	}
	e.Next()
	return nil
}

func EmbeddedClosed(ctx context.Context, db *sql.DB) error {
	e, err := newEmbedded(ctx, db) // ok: the promoted method closes
	if err != nil {
		return err
	}
	defer e.Close()
	e.Next()
	return nil
}

// An Outer owns an Iterator.
type Outer struct{ it *Iterator }

// Close stops the iterator.
func (o Outer) Close() {
	if o.it != nil {
		_ = o.it.Stop()
	}
}

func newOuter(ctx context.Context, db *sql.DB) (Outer, error) {
	it, err := newIterator(ctx, db) // ok: in the Outer
	if err != nil {
		return Outer{}, err
	}
	return Outer{it}, nil
}

func OuterDropped(ctx context.Context, db *sql.DB) error {
	o, err := newOuter(ctx, db) // want "not closed"
	if err != nil {
		return err
	}
	o.it.Next()
	return nil
}

func OuterClosed(ctx context.Context, db *sql.DB) error {
	o, err := newOuter(ctx, db) // ok: closed
	if err != nil {
		return err
	}
	defer o.Close()
	o.it.Next()
	return nil
}

// Set replaces what the iterator reads from.
func (it *Iterator) set(rows *sql.Rows) { it.rows = rows }

func Setter(ctx context.Context, db *sql.DB) error {
	rows, err := db.QueryContext(ctx, "SELECT id FROM t") // ok: the setter hands it to a local owner, which is stopped
	if err != nil {
		return err
	}
	var it Iterator
	it.set(rows)
	return it.Stop()
}

func SetterDropped(ctx context.Context, db *sql.DB) error {
	rows, err := db.QueryContext(ctx, "SELECT id FROM t") // want "rows from .* not closed"
	if err != nil {
		return err
	}
	var it Iterator
	it.set(rows)
	it.Next()
	return nil
}

func FieldStored(ctx context.Context, db *sql.DB, it *Iterator) (err error) {
	it.rows, err = db.QueryContext(ctx, "SELECT id FROM t") // ok: whoever owns the iterator stops it
	return err
}

// Reset leaks what the field held: the owned field is overwritten.
func (it *Iterator) Reset(ctx context.Context, db *sql.DB) error {
	rows, err := db.QueryContext(ctx, "SELECT id FROM t") // ok: Stop closes it
	if err != nil {
		return err
	}
	it.rows.Close()
	it.rows = rows
	return nil
}

func Overwritten(ctx context.Context, db *sql.DB) error {
	var it Iterator
	var err error
	it.rows, err = db.QueryContext(ctx, "SELECT a FROM t") // want "rows from .* not closed"
	if err != nil {
		return err
	}
	it.rows, err = db.QueryContext(ctx, "SELECT b FROM t") // ok: stopped
	if err != nil {
		return err
	}
	return it.Stop()
}

func OverwrittenClosed(ctx context.Context, db *sql.DB) error {
	var it Iterator
	var err error
	it.rows, err = db.QueryContext(ctx, "SELECT a FROM t") // ok: closed before it is overwritten
	if err != nil {
		return err
	}
	it.rows.Close()
	it.rows, err = db.QueryContext(ctx, "SELECT b FROM t") // ok: stopped
	if err != nil {
		return err
	}
	return it.Stop()
}

// A Source hands out iterators as an interface.
type Source interface {
	Next() bool
	Stop() error
}

func open(ctx context.Context, db *sql.DB) (Source, error) {
	return newIterator(ctx, db) // ok: the caller's, as a Source
}

func InterfaceStopped(ctx context.Context, db *sql.DB) error {
	s, err := open(ctx, db) // ok: stopped
	if err != nil {
		return err
	}
	defer s.Stop()
	s.Next()
	return nil
}
