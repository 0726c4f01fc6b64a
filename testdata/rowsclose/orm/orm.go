// Package orm: where gorm, bun and squirrel hand out rows of database/sql.
package orm

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	sq "github.com/Masterminds/squirrel"
	"github.com/georgysavva/scany/v2/sqlscan"
	"github.com/uptrace/bun"
	"gorm.io/gorm"
)

// noexec: needs a dialect
func Gorm(db *gorm.DB) (bool, error) {
	rows, err := db.Table("t").Select("id").Rows() // want "rows from .* not closed"
	if err != nil {
		return false, err
	}
	return rows.Next(), nil
}

// noexec: needs a dialect
func GormClosed(db *gorm.DB) ([]int, error) {
	rows, err := db.Table("t").Select("id").Rows() // ok: deferred
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var ids []int
	for rows.Next() {
		var id int
		if err := db.ScanRows(rows, &id); err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, rows.Err()
}

type record struct{ ID int }

// noexec: needs a dialect
func GormScanRows(db *gorm.DB) error {
	rows, err := db.Raw("SELECT id FROM t").Rows() // want "rows from .* not closed"
	if err != nil {
		return err
	}
	var r record
	return db.ScanRows(rows, &r) // one row goes into a struct
}

// noexec: needs a dialect
func GormScanRowsAll(db *gorm.DB) error {
	rows, err := db.Raw("SELECT id FROM t").Rows() // ok: read to the end, into a slice
	if err != nil {
		return err
	}
	var ids []int
	return db.ScanRows(rows, &ids)
}

// noexec: needs a dialect
func GormScanRowsCount(db *gorm.DB) (n int, err error) {
	rows, err := db.Raw("SELECT COUNT(*) FROM t").Rows() // ok: ScanRows reads to the end, also where it fails
	if err != nil {
		return 0, err
	}
	for rows.Next() {
		if err := db.ScanRows(rows, &n); err != nil {
			return 0, err
		}
	}
	return n, nil
}

// scanAny is gorm's ScanRows, which depends on what dest is.
func scanAny(db *gorm.DB, rows *sql.Rows, dest any) error {
	if dest == nil {
		return errors.New("nothing to scan into")
	}
	if err := db.ScanRows(rows, dest); err != nil {
		return fmt.Errorf("scan: %w", err)
	}
	return nil
}

// noexec: needs a dialect
func WrappedCount(db *gorm.DB) (n int, err error) {
	rows, err := db.Raw("SELECT COUNT(*) FROM t").Rows() // ok: it may be read to the end also where scanAny fails
	if err != nil {
		return 0, err
	}
	for rows.Next() {
		if err := scanAny(db, rows, &n); err != nil {
			return 0, err
		}
	}
	return n, rows.Err()
}

type reader interface {
	Query(ctx context.Context, query string) (*sql.Rows, error)
	ScanRows(ctx context.Context, rows *sql.Rows, dest any) error
}

// noexec: needs a dialect
func ReaderCount(ctx context.Context, r reader) (n int, err error) {
	rows, err := r.Query(ctx, "SELECT COUNT(*) FROM t") // ok: who is given the rows and a number may read to the end
	if err != nil {
		return 0, err
	}
	for rows.Next() {
		if err := r.ScanRows(ctx, rows, &n); err != nil {
			return 0, err
		}
	}
	return n, rows.Err()
}

// noexec: needs a dialect
func ReaderRecords(ctx context.Context, r reader) (out []record, err error) {
	rows, err := r.Query(ctx, "SELECT id FROM t") // want "rows from .* not closed"
	if err != nil {
		return nil, err
	}
	for rows.Next() {
		var one record
		if err := r.ScanRows(ctx, rows, &one); err != nil {
			return nil, err
		}
		out = append(out, one)
	}
	return out, rows.Err()
}

// noexec: needs a dialect
func GormRow(db *gorm.DB) (id int, err error) {
	err = db.Raw("SELECT id FROM t").Row().Scan(&id) // ok: scanned
	return id, err
}

// noexec: needs a dialect
func GormRowDropped(db *gorm.DB) error {
	return db.Raw("SELECT id FROM t").Row().Err() // want "row from"
}

// noexec: needs a dialect
func Bun(ctx context.Context, db *bun.DB) (bool, error) {
	rows, err := db.NewSelect().Table("t").Rows(ctx) // want "rows from .* not closed"
	if err != nil {
		return false, err
	}
	return rows.Next(), nil
}

// noexec: needs a dialect
func BunScanRows(ctx context.Context, db *bun.DB) (ids []int, err error) {
	rows, err := db.QueryContext(ctx, "SELECT id FROM t") // ok: ScanRows closes
	if err != nil {
		return nil, err
	}
	err = db.ScanRows(ctx, rows, &ids)
	return ids, err
}

// noexec: needs a dialect
func BunScanRow(ctx context.Context, db *bun.DB) (id int, err error) {
	rows, err := db.QueryContext(ctx, "SELECT id FROM t") // want "rows from .* not closed"
	if err != nil {
		return 0, err
	}
	if rows.Next() {
		err = db.ScanRow(ctx, rows, &id)
	}
	return id, err
}

// noexec: needs a runner
func Squirrel(ctx context.Context, runner sq.BaseRunner) (bool, error) {
	rows, err := sq.Select("id").From("t").RunWith(runner).QueryContext(ctx) // want "rows from .* not closed"
	if err != nil {
		return false, err
	}
	return rows.Next(), nil
}

// noexec: needs a runner
func SquirrelScan(ctx context.Context, runner sq.BaseRunner) (id int, err error) {
	err = sq.Select("id").From("t").RunWith(runner).QueryRowContext(ctx).Scan(&id) // ok: scanned
	return id, err
}

// noexec: needs a runner
func Scany(ctx context.Context, runner sq.BaseRunner) (ids []int, err error) {
	rows, err := sq.Select("id").From("t").RunWith(runner).QueryContext(ctx) // ok: ScanAll closes
	if err != nil {
		return nil, err
	}
	err = sqlscan.ScanAll(&ids, rows)
	return ids, err
}

// noexec: needs a runner
func ScanyRow(ctx context.Context, runner sq.BaseRunner) (id int, err error) {
	rows, err := sq.Select("id").From("t").RunWith(runner).QueryContext(ctx) // want "rows from .* not closed"
	if err != nil {
		return 0, err
	}
	if rows.Next() {
		err = sqlscan.ScanRow(&id, rows)
	}
	return id, err
}
