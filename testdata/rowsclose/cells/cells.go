// Package cells: rows in variables that are captured, in fields of local structs, and behind pointers.
package cells

import (
	"context"
	"database/sql"
	"sync"
)

type result struct {
	rows *sql.Rows
	err  error
}

func LocalStruct(ctx context.Context, db *sql.DB) error {
	var r result
	r.rows, r.err = db.QueryContext(ctx, "SELECT id FROM t") // ok: closed through the field
	if r.err != nil {
		return r.err
	}
	defer r.rows.Close()
	r.rows.Next()
	return nil
}

func LocalStructLeaks(ctx context.Context, db *sql.DB) error {
	var r result
	r.rows, r.err = db.QueryContext(ctx, "SELECT id FROM t") // want "rows from .* not closed"
	if r.err != nil {
		return r.err
	}
	r.rows.Next()
	return nil
}

func Captured(ctx context.Context, db *sql.DB) error {
	var rows *sql.Rows
	var err error
	defer func() {
		if rows != nil {
			rows.Close()
		}
	}()
	rows, err = db.QueryContext(ctx, "SELECT id FROM t") // ok: the deferred literal reads the variable at the end
	if err != nil {
		return err
	}
	rows.Next()
	return nil
}

// The literal captures err; that alone says nothing about it.
func ErrCaptured(ctx context.Context, db *sql.DB) error {
	rows, err := db.QueryContext(ctx, "SELECT id FROM t") // ok: closed
	report := func() error { return err }
	if err != nil {
		return report()
	}
	defer rows.Close()
	rows.Next()
	return nil
}

func ErrCapturedLeaks(ctx context.Context, db *sql.DB) error {
	rows, err := db.QueryContext(ctx, "SELECT id FROM t") // want "rows from .* not closed"
	report := func() error { return err }
	if err != nil {
		return report()
	}
	rows.Next()
	return report()
}

// The literal may change err before it is tested.
func ErrChanged(ctx context.Context, db *sql.DB, strict bool) error {
	rows, err := db.QueryContext(ctx, "SELECT id FROM t") // want "rows from .* not closed"
	check := func() {
		if strict && err == nil {
			err = sql.ErrNoRows
		}
	}
	check()
	if err != nil {
		return err
	}
	return rows.Close()
}

func LoopVariable(ctx context.Context, db *sql.DB) error {
	var wg sync.WaitGroup
	for range 2 {
		rows, err := db.QueryContext(ctx, "SELECT id FROM t") // ok: each goroutine closes its own
		if err != nil {
			wg.Wait()
			return err
		}
		wg.Add(1)
		go func() {
			defer wg.Done()
			defer rows.Close()
			rows.Next()
		}()
	}
	wg.Wait()
	return nil
}

func OnceFunc(ctx context.Context, db *sql.DB) error {
	rows, err := db.QueryContext(ctx, "SELECT id FROM t") // ok: the function that runs once closes
	if err != nil {
		return err
	}
	end := sync.OnceFunc(func() { rows.Close() })
	defer end()
	rows.Next()
	end()
	return nil
}

func WithCleanup(ctx context.Context, db *sql.DB) error {
	rows, end, err := open(ctx, db) // ok: the function that comes with them closes
	if err != nil {
		return err
	}
	defer end()
	rows.Next()
	return nil
}

func open(ctx context.Context, db *sql.DB) (*sql.Rows, func(), error) {
	rows, err := db.QueryContext(ctx, "SELECT id FROM t") // ok: the caller's, with the function that closes
	if err != nil {
		return nil, nil, err
	}
	return rows, func() { rows.Close() }, nil
}

func Swap(ctx context.Context, db *sql.DB) error {
	a, err := db.QueryContext(ctx, "SELECT a FROM t") // ok: closed under the other name
	if err != nil {
		return err
	}
	b, err := db.QueryContext(ctx, "SELECT b FROM t") // want "rows from .* not closed"
	if err != nil {
		a.Close()
		return err
	}
	a, b = b, a
	b.Close()
	a.Next()
	return nil
}

func SwapClosed(ctx context.Context, db *sql.DB) error {
	a, err := db.QueryContext(ctx, "SELECT a FROM t") // ok: closed under the other name
	if err != nil {
		return err
	}
	b, err := db.QueryContext(ctx, "SELECT b FROM t") // ok: closed under the other name
	if err != nil {
		a.Close()
		return err
	}
	a, b = b, a
	b.Close()
	a.Close()
	return nil
}

func StructCopy(ctx context.Context, db *sql.DB) error {
	rows, err := db.QueryContext(ctx, "SELECT id FROM t") // ok: closed through the copy
	r := result{rows, err}
	s := r
	if s.err != nil {
		return s.err
	}
	defer s.rows.Close()
	return nil
}

func Defers(ctx context.Context, db *sql.DB) error {
	var ends []func()
	defer func() {
		for _, end := range ends {
			end()
		}
	}()
	for range 2 {
		rows, err := db.QueryContext(ctx, "SELECT id FROM t") // ok: in the list of what is called at the end
		if err != nil {
			return err
		}
		ends = append(ends, func() { rows.Close() })
	}
	return nil
}
