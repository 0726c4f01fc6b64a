package runtimecheck

import (
	"context"
	"database/sql/driver"
	"io"
	"reflect"

	"github.com/connlint/connlint/runtimecheck/internal/track"
)

// A rows wraps a driver.Rows. Like conn it has every optional method that has a neutral answer.
// driver.RowsColumnsScanner of Go 1.27 has none, because its presence replaces Next: it will need a second type, behind a
// build constraint (https://go.dev/issue/67546).
type rows struct {
	raw  driver.Rows
	c    *conn
	item track.Item
	args []driver.NamedValue // for the plan
	// next counts the rows asked for: the first two, or the end in their place, can be made to fail.
	next int
}

func (c *conn) newRows(ctx context.Context, raw driver.Rows, query string, args []driver.NamedValue) *rows {
	r := &rows{raw: raw, c: c, args: args}
	r.item.Kind, r.item.On, r.item.Ctx, r.item.Query = track.Rows, c.t, ctx, query
	c.t.Handle().OpenItem(&r.item)
	return r
}

func (r *rows) Columns() []string { return r.raw.Columns() }

func (r *rows) Close() error {
	if r.item.ContextDone() && track.ByAwaitDone() {
		r.item.EndHealed()
	} else {
		r.item.End()
	}
	if !r.c.enter() {
		return nil
	}
	defer r.c.leave()
	return r.raw.Close()
}

func (r *rows) Next(dest []driver.Value) error {
	if r.next++; r.next <= 2 {
		if err := r.c.fail(track.FailResult, r.item.Query, r.args...); err != nil {
			return err
		}
	}
	if !r.c.enter() {
		return driver.ErrBadConn
	}
	defer r.c.leave()
	err := r.raw.Next(dest)
	if err == io.EOF {
		r.c.t.Plan().Done(track.FailResult, r.item.Query, r.args...)
	}
	return err
}

func (r *rows) HasNextResultSet() bool {
	n, ok := r.raw.(driver.RowsNextResultSet)
	if !ok || !r.c.enter() {
		return false
	}
	defer r.c.leave()
	return n.HasNextResultSet()
}

func (r *rows) NextResultSet() error {
	n, ok := r.raw.(driver.RowsNextResultSet)
	if !ok {
		return io.EOF
	}
	if !r.c.enter() {
		return driver.ErrBadConn
	}
	defer r.c.leave()
	return n.NextResultSet()
}

func (r *rows) ColumnTypeScanType(i int) reflect.Type {
	if t, ok := r.raw.(driver.RowsColumnTypeScanType); ok {
		return t.ColumnTypeScanType(i)
	}
	return reflect.TypeFor[any]()
}

func (r *rows) ColumnTypeDatabaseTypeName(i int) string {
	if t, ok := r.raw.(driver.RowsColumnTypeDatabaseTypeName); ok {
		return t.ColumnTypeDatabaseTypeName(i)
	}
	return ""
}

func (r *rows) ColumnTypeLength(i int) (length int64, ok bool) {
	if t, ok := r.raw.(driver.RowsColumnTypeLength); ok {
		return t.ColumnTypeLength(i)
	}
	return 0, false
}

func (r *rows) ColumnTypeNullable(i int) (nullable, ok bool) {
	if t, ok := r.raw.(driver.RowsColumnTypeNullable); ok {
		return t.ColumnTypeNullable(i)
	}
	return false, false
}

func (r *rows) ColumnTypePrecisionScale(i int) (precision, scale int64, ok bool) {
	if t, ok := r.raw.(driver.RowsColumnTypePrecisionScale); ok {
		return t.ColumnTypePrecisionScale(i)
	}
	return 0, 0, false
}
