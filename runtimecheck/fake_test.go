package runtimecheck_test

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"sync"
)

// A shape says which optional interfaces a fake driver has.
type shape struct {
	conn string // letters: see fakeConnector.Connect
	stmt string
	rows string
	// inputs is what NumInput answers.
	inputs int
	// valid is what IsValid answers after a rollback.
	invalid bool
}

// An eventLog is every call that reaches a fake driver, in order.
type eventLog struct {
	mu     sync.Mutex
	events []string
}

func (l *eventLog) add(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.events = append(l.events, fmt.Sprintf(format, args...))
}

func (l *eventLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(l.events, "\n")
}

// A fakeConnector opens connections of a shape and logs what database/sql asks of them.
type fakeConnector struct {
	shape shape
	log   *eventLog
}

func (c *fakeConnector) Driver() driver.Driver { return fakeDriver{} }

type fakeDriver struct{}

func (fakeDriver) Open(string) (driver.Conn, error) { return nil, errors.New("use the connector") }

var errFake = errors.New("fake failure")

type fakeConn struct {
	shape shape
	log   *eventLog
	n     int
}

func (c *fakeConn) Prepare(q string) (driver.Stmt, error) {
	c.log.add("Prepare %s", q)
	return c.stmt(q)
}
func (c *fakeConn) Close() error              { c.log.add("Close"); return nil }
func (c *fakeConn) Begin() (driver.Tx, error) { c.log.add("Begin"); return &fakeTx{c}, nil }

func (c *fakeConn) stmt(q string) (driver.Stmt, error) {
	if strings.Contains(q, "FAIL PREPARE") {
		return nil, errFake
	}
	return fakeStmts[c.shape.stmt](&fakeStmt{c: c, q: q}), nil
}

func (c *fakeConn) rowsOf(q string, args any) (driver.Rows, error) {
	if strings.Contains(q, "FAIL") {
		return nil, errFake
	}
	if strings.Contains(q, "BAD") && c.n == 0 {
		c.n++
		return nil, driver.ErrBadConn
	}
	return fakeRowsOf[c.shape.rows](&fakeRows{c: c, left: 2}), nil
}

type fakeTx struct{ c *fakeConn }

func (t *fakeTx) Commit() error   { t.c.log.add("Commit"); return nil }
func (t *fakeTx) Rollback() error { t.c.log.add("Rollback"); return nil }

// The optional interfaces of a connection, one type each, to be embedded in combinations.
type (
	prepareCtx struct{ c *fakeConn }
	beginCtx   struct{ c *fakeConn }
	execCtx    struct{ c *fakeConn }
	queryCtx   struct{ c *fakeConn }
	oldExec    struct{ c *fakeConn }
	oldQuery   struct{ c *fakeConn }
	skipExec   struct{ c *fakeConn }
	skipQuery  struct{ c *fakeConn }
	checker    struct{ c *fakeConn }
	pinger     struct{ c *fakeConn }
	resetter   struct{ c *fakeConn }
	validator  struct{ c *fakeConn }
)

func (x prepareCtx) PrepareContext(ctx context.Context, q string) (driver.Stmt, error) {
	x.c.log.add("PrepareContext %s ctx=%v", q, ctx.Err())
	return x.c.stmt(q)
}
func (x beginCtx) BeginTx(ctx context.Context, o driver.TxOptions) (driver.Tx, error) {
	x.c.log.add("BeginTx %v ctx=%v", o, ctx.Err())
	return &fakeTx{x.c}, nil
}
func (x execCtx) ExecContext(ctx context.Context, q string, args []driver.NamedValue) (driver.Result, error) {
	x.c.log.add("ExecContext %s %v", q, args)
	if strings.Contains(q, "FAIL") {
		return nil, errFake
	}
	return driver.RowsAffected(3), nil
}
func (x queryCtx) QueryContext(ctx context.Context, q string, args []driver.NamedValue) (driver.Rows, error) {
	x.c.log.add("QueryContext %s %v", q, args)
	return x.c.rowsOf(q, args)
}
func (x oldExec) Exec(q string, args []driver.Value) (driver.Result, error) {
	x.c.log.add("Exec %s %v", q, args)
	return driver.RowsAffected(3), nil
}
func (x oldQuery) Query(q string, args []driver.Value) (driver.Rows, error) {
	x.c.log.add("Query %s %v", q, args)
	return x.c.rowsOf(q, args)
}
func (x skipExec) ExecContext(ctx context.Context, q string, args []driver.NamedValue) (driver.Result, error) {
	x.c.log.add("skip ExecContext %s %v", q, args)
	return nil, driver.ErrSkip
}
func (x skipQuery) QueryContext(ctx context.Context, q string, args []driver.NamedValue) (driver.Rows, error) {
	x.c.log.add("skip QueryContext %s %v", q, args)
	return nil, driver.ErrSkip
}
func (x checker) CheckNamedValue(nv *driver.NamedValue) error {
	x.c.log.add("conn.CheckNamedValue %d %v", nv.Ordinal, nv.Value)
	return checkFake(nv)
}
func (x pinger) Ping(ctx context.Context) error { x.c.log.add("Ping ctx=%v", ctx.Err()); return nil }
func (x resetter) ResetSession(ctx context.Context) error {
	x.c.log.add("ResetSession ctx=%v", ctx.Err())
	return nil
}
func (x validator) IsValid() bool { x.c.log.add("IsValid"); return !x.c.shape.invalid }

// checkFake treats some values specially: "remove", "skip", "refuse".
func checkFake(nv *driver.NamedValue) error {
	switch nv.Value {
	case "remove":
		return driver.ErrRemoveArgument
	case "skip":
		return driver.ErrSkip
	case "refuse":
		return errFake
	}
	if v, ok := nv.Value.(int); ok {
		nv.Value = int64(v) + 1000
	}
	return nil
}

// fakeConns are the shapes that drivers have: the names tell whose.
var fakeConns = map[string]func(*fakeConn) driver.Conn{
	"plain": func(c *fakeConn) driver.Conn { return c },
	"old": func(c *fakeConn) driver.Conn {
		return struct {
			*fakeConn
			oldExec
			oldQuery
		}{c, oldExec{c}, oldQuery{c}}
	},
	"exec only": func(c *fakeConn) driver.Conn {
		return struct {
			*fakeConn
			execCtx
			checker
		}{c, execCtx{c}, checker{c}}
	},
	"query only": func(c *fakeConn) driver.Conn {
		return struct {
			*fakeConn
			oldQuery
			checker
		}{c, oldQuery{c}, checker{c}}
	},
	"pgx": func(c *fakeConn) driver.Conn {
		return struct {
			*fakeConn
			prepareCtx
			beginCtx
			execCtx
			queryCtx
			checker
			pinger
			resetter
		}{c, prepareCtx{c}, beginCtx{c}, execCtx{c}, queryCtx{c}, checker{c}, pinger{c}, resetter{c}}
	},
	"mysql": func(c *fakeConn) driver.Conn {
		return struct {
			*fakeConn
			prepareCtx
			beginCtx
			skipExec
			skipQuery
			checker
			pinger
			resetter
			validator
		}{c, prepareCtx{c}, beginCtx{c}, skipExec{c}, skipQuery{c}, checker{c}, pinger{c}, resetter{c}, validator{c}}
	},
	"sqlite": func(c *fakeConn) driver.Conn {
		return struct {
			*fakeConn
			prepareCtx
			beginCtx
			execCtx
			queryCtx
			pinger
			resetter
			validator
		}{c, prepareCtx{c}, beginCtx{c}, execCtx{c}, queryCtx{c}, pinger{c}, resetter{c}, validator{c}}
	},
	"validator": func(c *fakeConn) driver.Conn {
		return struct {
			*fakeConn
			beginCtx
			queryCtx
			validator
		}{c, beginCtx{c}, queryCtx{c}, validator{c}}
	},
	"checker": func(c *fakeConn) driver.Conn {
		return struct {
			*fakeConn
			checker
			pinger
		}{c, checker{c}, pinger{c}}
	},
}

func (c *fakeConnector) Connect(ctx context.Context) (driver.Conn, error) {
	c.log.add("Connect ctx=%v", ctx.Err())
	return fakeConns[c.shape.conn](&fakeConn{shape: c.shape, log: c.log}), nil
}

type fakeStmt struct {
	c *fakeConn
	q string
}

func (s *fakeStmt) Close() error { s.c.log.add("stmt.Close"); return nil }
func (s *fakeStmt) NumInput() int {
	s.c.log.add("NumInput")
	return s.c.shape.inputs
}
func (s *fakeStmt) Exec(args []driver.Value) (driver.Result, error) {
	s.c.log.add("stmt.Exec %v", args)
	return driver.RowsAffected(1), nil
}
func (s *fakeStmt) Query(args []driver.Value) (driver.Rows, error) {
	s.c.log.add("stmt.Query %v", args)
	return s.c.rowsOf(s.q, args)
}

type (
	stmtExecCtx   struct{ s *fakeStmt }
	stmtQueryCtx  struct{ s *fakeStmt }
	stmtChecker   struct{ s *fakeStmt }
	stmtConverter struct{ s *fakeStmt }
)

func (x stmtExecCtx) ExecContext(ctx context.Context, args []driver.NamedValue) (driver.Result, error) {
	x.s.c.log.add("stmt.ExecContext %v ctx=%v", args, ctx.Err())
	return driver.RowsAffected(1), nil
}
func (x stmtQueryCtx) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	x.s.c.log.add("stmt.QueryContext %v ctx=%v", args, ctx.Err())
	return x.s.c.rowsOf(x.s.q, args)
}
func (x stmtChecker) CheckNamedValue(nv *driver.NamedValue) error {
	x.s.c.log.add("stmt.CheckNamedValue %d %v", nv.Ordinal, nv.Value)
	return checkFake(nv)
}
func (x stmtConverter) ColumnConverter(i int) driver.ValueConverter {
	x.s.c.log.add("ColumnConverter %d", i)
	return converter{x.s.c}
}

type converter struct{ c *fakeConn }

func (x converter) ConvertValue(v any) (driver.Value, error) {
	x.c.log.add("ConvertValue %v", v)
	switch v {
	case "refuse":
		return nil, errFake
	case "odd":
		return struct{}{}, nil
	}
	if n, ok := v.(int); ok {
		return int64(n) + 2000, nil
	}
	return v, nil
}

var fakeStmts = map[string]func(*fakeStmt) driver.Stmt{
	"plain": func(s *fakeStmt) driver.Stmt { return s },
	"ctx": func(s *fakeStmt) driver.Stmt {
		return struct {
			*fakeStmt
			stmtExecCtx
			stmtQueryCtx
		}{s, stmtExecCtx{s}, stmtQueryCtx{s}}
	},
	"converter": func(s *fakeStmt) driver.Stmt {
		return struct {
			*fakeStmt
			stmtConverter
		}{s, stmtConverter{s}}
	},
	"mysql": func(s *fakeStmt) driver.Stmt {
		return struct {
			*fakeStmt
			stmtExecCtx
			stmtQueryCtx
			stmtChecker
			stmtConverter
		}{s, stmtExecCtx{s}, stmtQueryCtx{s}, stmtChecker{s}, stmtConverter{s}}
	},
	"checker": func(s *fakeStmt) driver.Stmt {
		return struct {
			*fakeStmt
			stmtChecker
		}{s, stmtChecker{s}}
	},
}

type fakeRows struct {
	c    *fakeConn
	left int
	sets int
}

func (r *fakeRows) Columns() []string { r.c.log.add("Columns"); return []string{"a"} }
func (r *fakeRows) Close() error      { r.c.log.add("rows.Close"); return nil }
func (r *fakeRows) Next(dest []driver.Value) error {
	r.c.log.add("Next")
	if r.left == 0 {
		return io.EOF
	}
	r.left--
	dest[0] = int64(r.left)
	return nil
}

type (
	resultSets  struct{ r *fakeRows }
	columnTypes struct{ r *fakeRows }
)

func (x resultSets) HasNextResultSet() bool {
	x.r.c.log.add("HasNextResultSet")
	return x.r.sets < 1
}
func (x resultSets) NextResultSet() error {
	x.r.c.log.add("NextResultSet")
	if x.r.sets++; x.r.sets > 1 {
		return io.EOF
	}
	x.r.left = 1
	return nil
}
func (x columnTypes) ColumnTypeScanType(i int) reflect.Type               { return reflect.TypeFor[int64]() }
func (x columnTypes) ColumnTypeDatabaseTypeName(i int) string             { return "INT8" }
func (x columnTypes) ColumnTypeLength(i int) (int64, bool)                { return 8, true }
func (x columnTypes) ColumnTypeNullable(i int) (bool, bool)               { return true, true }
func (x columnTypes) ColumnTypePrecisionScale(i int) (int64, int64, bool) { return 10, 2, true }

var fakeRowsOf = map[string]func(*fakeRows) driver.Rows{
	"plain": func(r *fakeRows) driver.Rows { return r },
	"sets": func(r *fakeRows) driver.Rows {
		return struct {
			*fakeRows
			resultSets
		}{r, resultSets{r}}
	},
	"types": func(r *fakeRows) driver.Rows {
		return struct {
			*fakeRows
			columnTypes
		}{r, columnTypes{r}}
	},
	"all": func(r *fakeRows) driver.Rows {
		return struct {
			*fakeRows
			resultSets
			columnTypes
		}{r, resultSets{r}, columnTypes{r}}
	},
}
