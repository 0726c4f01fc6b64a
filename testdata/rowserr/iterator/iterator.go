// Package iterator: rows that stand in a field of an iterator.
package iterator

import (
	"context"
	"database/sql"
	"errors"
)

var errDone = errors.New("done")

// A Deaf iterator takes a lost connection for the end.
type Deaf struct{ rows *sql.Rows }

func (d *Deaf) Next() (id int, err error) {
	if !d.rows.Next() { // want "iteration error of the rows in field rows of Deaf is not checked when they end"
		return 0, errors.Join(errDone, d.rows.Close())
	}
	return id, d.rows.Scan(&id)
}

// noexec: the error is lost in Next
func Count(ctx context.Context, db *sql.DB) (n int, err error) {
	rows, err := db.QueryContext(ctx, "SELECT id FROM t")
	if err != nil {
		return 0, err
	}
	d := &Deaf{rows}
	defer d.rows.Close()
	for {
		if _, err := d.Next(); errors.Is(err, errDone) {
			return n, nil
		} else if err != nil {
			return 0, err
		}
		n++
	}
}

// A Careful one asks.
type Careful struct{ rows *sql.Rows }

func (c *Careful) Next() (id int, err error) {
	if !c.rows.Next() { // ok: asked below
		if err := c.rows.Err(); err != nil {
			return 0, err
		}
		return 0, errDone
	}
	return id, c.rows.Scan(&id)
}

// An Asked one leaves that to others, in this package.
type Asked struct{ cursor *sql.Rows }

func (a *Asked) read(dst *[]int) error {
	rows := a.cursor
	for rows.Next() { // ok: all asks
		var id int
		if err := rows.Scan(&id); err != nil {
			return err
		}
		*dst = append(*dst, id)
	}
	return nil
}

func (a *Asked) all() (ids []int, err error) {
	defer a.cursor.Close()
	if err := a.read(&ids); err != nil {
		return nil, err
	}
	return ids, failed(a.cursor)
}

func failed(rows *sql.Rows) error { return rows.Err() }

func All(ctx context.Context, db *sql.DB) ([]int, error) {
	rows, err := db.QueryContext(ctx, "SELECT id FROM t")
	if err != nil {
		return nil, err
	}
	return (&Asked{cursor: rows}).all()
}

// An Open one lets others ask.
type Open struct{ Rows *sql.Rows }

func (o *Open) Next() bool { return o.Rows.Next() } // ok: whoever has it can ask

// A Seen one does, too.
type Seen struct{ rows *sql.Rows }

func (s *Seen) Next() bool { return s.rows.Next() } // ok: Cursor gives the rows to others

// Cursor returns the rows.
func (s *Seen) Cursor() *sql.Rows { return s.rows }

// A Late one asks only where there is a row: then there is no error.
type Late struct{ rows *sql.Rows }

func (l *Late) Next() (id int, more bool, err error) {
	if !l.rows.Next() { // want "iteration error of the rows in field rows of Late is not checked"
		return 0, false, nil
	}
	if err := l.rows.Err(); err != nil {
		return 0, false, err
	}
	return id, true, l.rows.Scan(&id)
}

// A Double one asks in one method and not in the other.
type Double struct {
	rows *sql.Rows
	err  error
}

func (d *Double) Next() bool {
	if !d.rows.Next() { // ok: asked below
		d.err = d.rows.Err()
		return false
	}
	return true
}

func (d *Double) All() (ids []int, err error) {
	rows := d.rows
	for rows.Next() { // want "iteration error of the rows in field rows of Double is not checked"
		var id int
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, nil
}

// A walker reads for somebody who asks.
type walker struct{ rows *sql.Rows }

func (w *walker) next() bool { return w.rows.Next() } // ok: Walked asks

func Walked(ctx context.Context, db *sql.DB) (n int, err error) {
	rows, err := db.QueryContext(ctx, "SELECT id FROM t")
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	w := &walker{rows: rows}
	for w.next() {
		n++
	}
	return n, rows.Err()
}

// Given rows are somebody else's, who may ask.
type Given struct{ rows *sql.Rows }

// NewGiven returns an iterator over rows.
func NewGiven(rows *sql.Rows) *Given { return &Given{rows} }

func (g *Given) Next() bool { return g.rows.Next() } // ok: who made them may ask
