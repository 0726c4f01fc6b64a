// Package rangefunc: iterators over rows, and loops over iterators.
package rangefunc

import (
	"context"
	"database/sql"
	"iter"
)

// ids yields until the consumer stops; it closes in every case.
func ids(ctx context.Context, db *sql.DB) iter.Seq2[int, error] {
	return func(yield func(int, error) bool) {
		rows, err := db.QueryContext(ctx, "SELECT id FROM t") // ok: deferred in the iterator
		if err != nil {
			yield(0, err)
			return
		}
		defer rows.Close()
		for rows.Next() {
			var id int
			err := rows.Scan(&id)
			if !yield(id, err) {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(0, err)
		}
	}
}

// idsLeak forgets the consumer that stops early.
func idsLeak(ctx context.Context, db *sql.DB) iter.Seq[int] {
	return func(yield func(int) bool) {
		rows, err := db.QueryContext(ctx, "SELECT id FROM t") // want "rows from .* not closed"
		if err != nil {
			return
		}
		for rows.Next() {
			if !yield(1) {
				return
			}
		}
	}
}

// noexec: the iterator leaks, not its consumer
func Consumes(ctx context.Context, db *sql.DB) int {
	for id := range idsLeak(ctx, db) {
		return id
	}
	return 0
}

func ConsumesClosed(ctx context.Context, db *sql.DB) (int, error) {
	for id, err := range ids(ctx, db) {
		return id, err
	}
	return 0, nil
}

func seq(n int) iter.Seq[int] {
	return func(yield func(int) bool) {
		for i := range n {
			if !yield(i) {
				return
			}
		}
	}
}

// A defer in the body of a range-over-func loop belongs to the function around it.
func DeferInBody(db *sql.DB) error {
	for range seq(1) {
		rows, err := db.Query("SELECT id FROM t") // ok: closed when the function returns; one turn only
		if err != nil {
			return err
		}
		defer rows.Close()
		rows.Next()
		break
	}
	return nil
}

func ReturnInBody(db *sql.DB, wanted int) error {
	rows, err := db.Query("SELECT id FROM t") // want "rows from .* not closed"
	if err != nil {
		return err
	}
	for i := range seq(3) {
		if i == wanted {
			return nil
		}
	}
	return rows.Close()
}

func ReturnInBodyClosed(db *sql.DB, wanted int) error {
	rows, err := db.Query("SELECT id FROM t") // ok: closed on both ways out
	if err != nil {
		return err
	}
	for i := range seq(3) {
		if i == wanted {
			rows.Close()
			return nil
		}
	}
	return rows.Close()
}

func QueryInBody(db *sql.DB) error {
	for range seq(2) {
		rows, err := db.Query("SELECT id FROM t") // want "rows from"
		if err != nil {
			return err
		}
		rows.Next()
	}
	return nil
}

func QueryInBodyClosed(db *sql.DB) error {
	for range seq(2) {
		rows, err := db.Query("SELECT id FROM t") // ok: closed in each turn
		if err != nil {
			return err
		}
		rows.Next()
		rows.Close()
	}
	return nil
}
