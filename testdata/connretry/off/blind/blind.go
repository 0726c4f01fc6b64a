// Package blind: a write is done again whatever the error was.
package blind

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"database/sql/driver"
)

func Insert(ctx context.Context, db *sql.DB) (err error) {
	for range 3 {
		if _, err = db.ExecContext(ctx, "INSERT INTO payment (bill) VALUES (1)"); err == nil { // want `is done again whatever the error is`
			return nil
		}
		time.Sleep(time.Second)
	}
	return err
}

func Upsert(ctx context.Context, db *sql.DB) (err error) {
	for range 3 {
		if _, err = db.ExecContext(ctx, "INSERT INTO payment (bill) VALUES (1) ON CONFLICT DO NOTHING"); err == nil { // ok: twice is once
			return nil
		}
		time.Sleep(time.Second)
	}
	return err
}

func Looked(ctx context.Context, db *sql.DB) (err error) {
	for range 3 {
		_, err = db.ExecContext(ctx, "INSERT INTO payment (bill) VALUES (1)") // ok: only when nothing was sent
		if !errors.Is(err, driver.ErrBadConn) {
			return err
		}
		time.Sleep(time.Second)
	}
	return err
}
