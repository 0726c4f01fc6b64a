// Package worker: a loop without end that uses one connection, whatever happens to it.
package worker

import (
	"context"
	"database/sql"
	"log"
	"time"
)

type Leader struct {
	db *sql.DB
}

// try says no when the connection is gone, and the loop goes on for ever.
func (l *Leader) try(ctx context.Context, conn *sql.Conn) bool {
	var got bool
	if err := conn.QueryRowContext(ctx, "SELECT pg_try_advisory_lock(1)").Scan(&got); err != nil {
		log.Print(err)
	}
	return got
}

func (l *Leader) Run(ctx context.Context) error {
	conn, err := l.db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	for {
		if l.try(ctx, conn) { // want `is tried again on the same connection`
			log.Print("leader")
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// tryHard says what is wrong.
func (l *Leader) tryHard(ctx context.Context, conn *sql.Conn) (got bool, err error) {
	err = conn.QueryRowContext(ctx, "SELECT pg_try_advisory_lock(1)").Scan(&got)
	return got, err
}

func (l *Leader) RunRight(ctx context.Context) error {
	conn, err := l.db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	for {
		got, err := l.tryHard(ctx, conn) // ok: the loop ends with the connection
		if err != nil {
			return err
		}
		if got {
			log.Print("leader")
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
