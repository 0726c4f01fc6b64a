// Package loop: loops that never end, and loops that only look like it.
package loop

import (
	"context"
	"database/sql"
	"os"
	"time"

	"github.com/jackc/pgx/v5"
)

func ticker() {
	for range time.Tick(time.Minute) {
		db, err := sql.Open("pgx", os.Getenv("DSN")) // want `sql.Open opens a pool for every loop`
		if err != nil {
			continue
		}
		db.Ping()
	}
}

func tickerCloses() {
	for range time.Tick(time.Minute) {
		db, err := sql.Open("pgx", os.Getenv("DSN")) // ok: one after another, each closed
		if err != nil {
			continue
		}
		db.Ping()
		db.Close()
	}
}

func selects(ctx context.Context, wake <-chan int) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-wake:
			report(ctx)
		}
	}
}

func report(ctx context.Context) {
	db, err := sql.Open("pgx", os.Getenv("DSN")) // want `sql.Open opens a pool for every loop`
	if err != nil {
		return
	}
	db.PingContext(ctx)
}

func selectsCloses(ctx context.Context, wake <-chan int) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-wake:
			reportAndClose(ctx)
		}
	}
}

func reportAndClose(ctx context.Context) {
	db, err := sql.Open("pgx", os.Getenv("DSN")) // ok: one after another, each closed
	if err != nil {
		return
	}
	defer db.Close()
	db.PingContext(ctx)
}

func startsAtOnce(ctx context.Context, wake <-chan int) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-wake:
			go reportAtOnce(ctx)
		}
	}
}

func reportAtOnce(ctx context.Context) {
	db, err := sql.Open("pgx", os.Getenv("DSN")) // want `sql.Open opens a pool for every loop`
	if err != nil {
		return
	}
	defer db.Close()
	db.PingContext(ctx)
}

func awaited(ctx context.Context, wake <-chan int) {
	done := make(chan struct{})
	for {
		select {
		case <-ctx.Done():
			return
		case <-done:
		case <-wake:
			go func() {
				reportAndClose(ctx) // ok: it says when it is done
				done <- struct{}{}
			}()
		}
	}
}

// A reloader opens anew when its file has changed.
type reloader struct{ db *sql.DB }

type opened struct {
	db   *sql.DB
	stop func()
}

func (r *reloader) watch(ctx context.Context, changed <-chan int) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-changed:
			r.reload()
		}
	}
}

func (r *reloader) reload() {
	o, err := openOne() // ok: kept in the field, the old one is closed
	if err != nil {
		return
	}
	old := r.db
	r.db = o.db
	old.Close()
}

func openOne() (*opened, error) {
	db, err := sql.Open("pgx", os.Getenv("DSN"))
	if err != nil {
		return nil, err
	}
	return &opened{db: db, stop: func() {}}, nil
}

func retry() *sql.DB {
	for {
		db, err := sql.Open("pgx", os.Getenv("DSN")) // ok: until it succeeds
		if err == nil {
			return db
		}
		time.Sleep(time.Second)
	}
}

func listen(ctx context.Context) {
	for ctx.Err() == nil {
		conn, err := pgx.Connect(ctx, os.Getenv("DSN")) // ok: that is how one reconnects
		if err != nil {
			time.Sleep(time.Second)
			continue
		}
		for {
			if _, err := conn.WaitForNotification(ctx); err != nil {
				break
			}
		}
		conn.Close(ctx)
	}
}

func targets(dsns []string) {
	for _, dsn := range dsns {
		db, err := sql.Open("pgx", dsn) // ok: the loop ends
		if err == nil {
			db.Close()
		}
	}
}
