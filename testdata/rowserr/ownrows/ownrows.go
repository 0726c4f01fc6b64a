// Package ownrows: rows behind an interface of one's own.
package ownrows

import (
	"context"

	"database/sql"
)

// Rows can be asked for their error.
type Rows interface {
	Next() bool
	Scan(dest ...any) error
	Err() error
	Close() error
}

// Mute rows cannot.
type Mute interface {
	Next() bool
	Scan(dest ...any) error
	Close() error
}

type store interface {
	Query(ctx context.Context) (Rows, error)
	QueryMute(ctx context.Context) (Mute, error)
}

type adapter struct{ db *sql.DB }

func (a adapter) Query(ctx context.Context) (Rows, error) {
	return a.db.QueryContext(ctx, "SELECT id FROM t")
}

func (a adapter) QueryMute(ctx context.Context) (Mute, error) {
	return a.db.QueryContext(ctx, "SELECT id FROM t")
}

func count(ctx context.Context, s store) (n int, err error) {
	rows, err := s.Query(ctx) // want "iteration error of rows from .* is not checked"
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	for rows.Next() {
		n++
	}
	return n, nil
}

func countMute(ctx context.Context, s store) (n int, err error) {
	rows, err := s.QueryMute(ctx) // ok: there is nothing to ask
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	for rows.Next() {
		n++
	}
	return n, nil
}

// noexec: the error is lost in count
func Count(ctx context.Context, db *sql.DB) (int, error) { return count(ctx, adapter{db}) }

// noexec: these rows cannot be asked
func CountMute(ctx context.Context, db *sql.DB) (int, error) { return countMute(ctx, adapter{db}) }
