package runtimecheck

import (
	"context"
	"database/sql/driver"
	"fmt"
	"reflect"

	"github.com/connlint/connlint/runtimecheck/internal/track"
)

// A stmt wraps a driver.Stmt. It does not have ColumnConverter: CheckNamedValue does its work, in the order in
// which database/sql asks.
type stmt struct {
	raw    driver.Stmt
	c      *conn
	item   track.Item
	inputs int // what NumInput said last

	execer    driver.StmtExecContext
	queryer   driver.StmtQueryContext
	checker   driver.NamedValueChecker
	converter driver.ColumnConverter //nolint:staticcheck // go-sql-driver has it
}

func (s *stmt) read() {
	s.execer, _ = s.raw.(driver.StmtExecContext)
	s.queryer, _ = s.raw.(driver.StmtQueryContext)
	s.checker, _ = s.raw.(driver.NamedValueChecker)
	s.converter, _ = s.raw.(driver.ColumnConverter) //nolint:staticcheck // see above
	if s.checker == nil {
		s.checker = s.c.checker
	}
}

func (s *stmt) Close() error {
	s.item.End()
	if !s.c.enter() {
		return nil
	}
	defer s.c.leave()
	return s.raw.Close()
}

func (s *stmt) NumInput() int {
	s.inputs = s.raw.NumInput()
	return s.inputs
}

func (s *stmt) Exec(args []driver.Value) (driver.Result, error) {
	return s.raw.Exec(args) //nolint:staticcheck // required by the interface; database/sql calls ExecContext
}

func (s *stmt) Query(args []driver.Value) (driver.Rows, error) {
	return s.raw.Query(args) //nolint:staticcheck // required by the interface; database/sql calls QueryContext
}

func (s *stmt) ExecContext(ctx context.Context, args []driver.NamedValue) (driver.Result, error) {
	if err := s.c.use(ctx, s.item.Query, args...); err != nil {
		return nil, err
	}
	if !s.c.enter() {
		return nil, driver.ErrBadConn
	}
	defer s.c.leave()
	s.c.t.Statement(s.item.Query)
	res, err := s.exec(ctx, args)
	if err == nil {
		s.c.t.Plan().Done(track.FailQuery, s.item.Query, args...)
	}
	return res, err
}

func (s *stmt) exec(ctx context.Context, args []driver.NamedValue) (driver.Result, error) {
	if s.execer != nil {
		return s.execer.ExecContext(ctx, args)
	}
	values, err := positional(ctx, args)
	if err != nil {
		return nil, err
	}
	return s.raw.Exec(values) //nolint:staticcheck // the driver has nothing else
}

func (s *stmt) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	if err := s.c.use(ctx, s.item.Query, args...); err != nil {
		return nil, err
	}
	if !s.c.enter() {
		return nil, driver.ErrBadConn
	}
	defer s.c.leave()
	raw, err := s.query(ctx, args)
	if err != nil || raw == nil {
		return raw, err
	}
	s.c.t.Plan().Done(track.FailQuery, s.item.Query, args...)
	return s.c.newRows(ctx, raw, s.item.Query, args), nil
}

func (s *stmt) query(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	if s.queryer != nil {
		return s.queryer.QueryContext(ctx, args)
	}
	values, err := positional(ctx, args)
	if err != nil {
		return nil, err
	}
	return s.raw.Query(values) //nolint:staticcheck // the driver has nothing else
}

func (s *stmt) CheckNamedValue(nv *driver.NamedValue) error {
	if s.checker == nil {
		return s.convert(nv)
	}
	if err := s.checker.CheckNamedValue(nv); err != driver.ErrSkip {
		return err
	}
	return s.convert(nv)
}

// convert is ccChecker of database/sql.
func (s *stmt) convert(nv *driver.NamedValue) error {
	if s.converter == nil {
		return driver.ErrSkip
	}
	index := nv.Ordinal - 1
	if s.inputs >= 0 && s.inputs <= index {
		return nil
	}
	if v, ok := nv.Value.(driver.Valuer); ok {
		sv, err := callValuer(v)
		if err != nil {
			return err
		}
		if !driver.IsValue(sv) {
			return fmt.Errorf("non-subset type %T returned from Value", sv)
		}
		nv.Value = sv
	}
	var err error
	arg := nv.Value
	nv.Value, err = s.converter.ColumnConverter(index).ConvertValue(arg)
	if err != nil {
		return err
	}
	if !driver.IsValue(nv.Value) {
		return fmt.Errorf("driver ColumnConverter error converted %T to unsupported type %T", arg, nv.Value)
	}
	return nil
}

// callValuer is callValuerValue of database/sql: a nil pointer whose Value method has a value receiver is NULL
// (https://go.dev/issue/8415).
func callValuer(vr driver.Valuer) (driver.Value, error) {
	if v := reflect.ValueOf(vr); v.Kind() == reflect.Pointer && v.IsNil() &&
		v.Type().Elem().Implements(reflect.TypeFor[driver.Valuer]()) {
		return nil, nil
	}
	return vr.Value()
}
