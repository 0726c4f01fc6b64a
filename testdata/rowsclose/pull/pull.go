// Package pull: iterators that are pulled, and iterators over methods.
package pull

import (
	"context"
	"database/sql"
	"iter"
)

type store struct{ db *sql.DB }

// all is a push iterator of its own rows.
func (s store) all(ctx context.Context) iter.Seq[int] {
	return func(yield func(int) bool) {
		rows, err := s.db.QueryContext(ctx, "SELECT id FROM t") // ok: deferred
		if err != nil {
			return
		}
		defer rows.Close()
		for rows.Next() {
			var id int
			if rows.Scan(&id) != nil || !yield(id) {
				return
			}
		}
	}
}

func Pulled(ctx context.Context, db *sql.DB) (sum int) {
	next, stop := iter.Pull(store{db}.all(ctx))
	defer stop()
	for id, ok := next(); ok; id, ok = next() {
		sum += id
	}
	return sum
}

func Pushed(ctx context.Context, db *sql.DB) (sum int) {
	for id := range (store{db}).all(ctx) {
		if sum += id; sum > 1 {
			break
		}
	}
	return sum
}

// over yields from rows that it is given, which stay the caller's.
func over(rows *sql.Rows) iter.Seq[int] {
	return func(yield func(int) bool) {
		for rows.Next() {
			var id int
			if rows.Scan(&id) != nil || !yield(id) {
				return
			}
		}
	}
}

func Borrowed(ctx context.Context, db *sql.DB) (sum int, err error) {
	rows, err := db.QueryContext(ctx, "SELECT id FROM t") // ok: deferred
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	for id := range over(rows) {
		sum += id
	}
	return sum, rows.Err()
}
