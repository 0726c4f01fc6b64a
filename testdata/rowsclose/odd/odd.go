// Package odd: shapes of code that analyzers have crashed on. Nothing is wrong here.
package odd

import (
	"context"
	"database/sql"
	"iter"
)

// A defer in the body of a range-over-func loop uses a type that only go/ssa knows.
func DeferInRangeFunc(db *sql.DB, seq iter.Seq[int]) error {
	// noexec: there is no iterator to hand to it
	for range seq {
		rows, err := db.Query("SELECT id FROM t") // ok: one turn
		if err != nil {
			return err
		}
		defer rows.Close()
		rows.Next()
		return nil
	}
	return nil
}

func even(db *sql.DB, n int) (*sql.Rows, error) {
	if n == 0 {
		return db.Query("SELECT id FROM t") // ok: the caller's
	}
	return uneven(db, n-1)
}

func uneven(db *sql.DB, n int) (*sql.Rows, error) {
	if n == 0 {
		return nil, sql.ErrNoRows
	}
	return even(db, n-1)
}

func MutualRecursion(db *sql.DB, n int) error {
	rows, err := even(db, n) // ok: closed
	if err != nil {
		return err
	}
	return rows.Close()
}

func LoopOnce(db *sql.DB) error {
	rows, err := db.Query("SELECT id FROM t") // ok: closed
	if err != nil {
		return err
	}
	for {
		return rows.Close()
	}
}

func NilFunc(db *sql.DB) error {
	var closers []func() error
	rows, err := db.Query("SELECT id FROM t") // ok: its closer is called
	if err != nil {
		return err
	}
	closers = append(closers, rows.Close)
	for _, f := range closers {
		if err := f(); err != nil {
			return err
		}
	}
	return nil
}

// A handle is a pointer to a pointer.
func Handle(db *sql.DB) error {
	var rows *sql.Rows
	handle := &rows
	var err error
	*handle, err = db.Query("SELECT id FROM t") // ok: closed through the handle
	if err != nil {
		return err
	}
	return (*handle).Close()
}

func Array(db *sql.DB) error {
	var all [2]*sql.Rows
	var err error
	all[0], err = db.Query("SELECT id FROM t") // ok: closed in the array
	if err != nil {
		return err
	}
	return all[0].Close()
}

func Method(ctx context.Context, db *sql.DB) error {
	query := db.QueryContext
	rows, err := query(ctx, "SELECT id FROM t") // ok: acquired through a method value, closed
	if err != nil {
		return err
	}
	return rows.Close()
}

type recursive struct {
	next *recursive
	rows *sql.Rows
}

func (r *recursive) Close() error {
	if r == nil {
		return nil
	}
	r.rows.Close()
	return r.next.Close()
}

func List(db *sql.DB, n int) error {
	var list *recursive
	for range n % 3 {
		rows, err := db.Query("SELECT id FROM t") // ok: in the list, which is closed
		if err != nil {
			list.Close()
			return err
		}
		list = &recursive{list, rows}
	}
	return list.Close()
}

func Select(ctx context.Context, db *sql.DB) error {
	rows, err := db.QueryContext(ctx, "SELECT id FROM t") // ok: closed whatever comes first
	if err != nil {
		return err
	}
	done := make(chan struct{})
	close(done)
	select {
	case <-ctx.Done():
		rows.Close()
		return ctx.Err()
	case <-done:
	}
	return rows.Close()
}

func _(db *sql.DB) {
	rows, err := db.Query("SELECT id FROM t") // ok: closed
	if err == nil {
		rows.Close()
	}
}

var _ = func(db *sql.DB) error {
	rows, err := db.Query("SELECT id FROM t") // ok: closed
	if err != nil {
		return err
	}
	return rows.Close()
}
