// Package goroutine: rows that go to another goroutine are its to close.
package goroutine

import (
	"context"
	"database/sql"
	"sync"

	"golang.org/x/sync/errgroup"
)

func Moved(ctx context.Context, db *sql.DB) error {
	rows, err := db.QueryContext(ctx, "SELECT id FROM t") // ok: the goroutine closes
	if err != nil {
		return err
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer rows.Close()
		rows.Next()
	}()
	<-done
	return nil
}

func MovedLeaks(ctx context.Context, db *sql.DB) error {
	rows, err := db.QueryContext(ctx, "SELECT id FROM t") // want "rows from .* not closed"
	if err != nil {
		return err
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		rows.Next()
	}()
	<-done
	return nil
}

func Argument(ctx context.Context, db *sql.DB) error {
	rows, err := db.QueryContext(ctx, "SELECT id FROM t") // ok: the goroutine closes
	if err != nil {
		return err
	}
	var wg sync.WaitGroup
	wg.Add(1)
	go func(rows *sql.Rows) {
		defer wg.Done()
		rows.Close()
	}(rows)
	wg.Wait()
	return nil
}

func Inside(ctx context.Context, db *sql.DB) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		rows, err := db.QueryContext(ctx, "SELECT id FROM t") // want "rows from .* not closed"
		if err != nil {
			return
		}
		rows.Next()
	}()
	<-done
}

func InsideClosed(ctx context.Context, db *sql.DB) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		rows, err := db.QueryContext(ctx, "SELECT id FROM t") // ok: closed
		if err != nil {
			return
		}
		defer rows.Close()
		rows.Next()
	}()
	<-done
}

func Group(ctx context.Context, db *sql.DB) error {
	g, ctx := errgroup.WithContext(ctx)
	for range 2 {
		g.Go(func() error {
			rows, err := db.QueryContext(ctx, "SELECT id FROM t") // ok: closed
			if err != nil {
				return err
			}
			defer rows.Close()
			rows.Next()
			return nil
		})
	}
	return g.Wait()
}

func GroupLeaks(db *sql.DB) error {
	var g errgroup.Group
	g.Go(func() error {
		rows, err := db.Query("SELECT id FROM t") // want "rows from .* not closed"
		if err != nil {
			return err
		}
		rows.Next()
		return nil
	})
	return g.Wait()
}

func GroupMoved(db *sql.DB) error {
	rows, err := db.Query("SELECT id FROM t") // ok: the group's function closes
	if err != nil {
		return err
	}
	var g errgroup.Group
	g.Go(func() error { return rows.Close() })
	return g.Wait()
}

// noexec: when the goroutine runs, nobody waits for it
func Stream(db *sql.DB, out chan<- int) error {
	rows, err := db.Query("SELECT id FROM t") // want "rows from .* not closed when the function returns at line"
	if err != nil {
		return err
	}
	go func() {
		defer close(out)
		for rows.Next() {
			var id int
			if err := rows.Scan(&id); err != nil {
				return
			}
			out <- id
		}
	}()
	return nil
}

// noexec: when the goroutine runs, nobody waits for it
func StreamCloses(db *sql.DB, out chan<- int) error {
	rows, err := db.Query("SELECT id FROM t") // ok: the goroutine closes
	if err != nil {
		return err
	}
	go func(rows *sql.Rows) {
		defer close(out)
		defer rows.Close()
		for rows.Next() {
			var id int
			if err := rows.Scan(&id); err != nil {
				return
			}
			out <- id
		}
	}(rows)
	return nil
}

func Watched(ctx context.Context, db *sql.DB) error {
	rows, err := db.Query("SELECT id FROM t") // ok: the goroutine closes it in time, or this function
	if err != nil {
		return err
	}
	done := make(chan struct{})
	go func() {
		select {
		case <-ctx.Done():
			rows.Close()
		case <-done:
		}
	}()
	rows.Next()
	close(done)
	return rows.Close()
}

func Shared(ctx context.Context, db *sql.DB) error {
	rows, err := db.QueryContext(ctx, "SELECT id FROM t") // ok: the goroutine closes them and says so, or this function does
	if err != nil {
		return err
	}
	failed := make(chan bool, 1)
	go func() {
		if _, err := rows.Columns(); err != nil {
			rows.Close()
			failed <- true
			return
		}
		failed <- false
	}()
	if <-failed {
		return sql.ErrTxDone
	}
	return rows.Close()
}
