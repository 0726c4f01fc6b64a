package runtimecheck

import (
	"context"
	"database/sql/driver"
	"errors"
	"io"
	"sync/atomic"

	"github.com/connlint/connlint/runtimecheck/internal/track"
)

// A connector wraps the connections that a driver.Connector opens.
type connector struct {
	raw driver.Connector
	h   *track.Handle
}

func (c *connector) Connect(ctx context.Context) (driver.Conn, error) {
	if err, _ := c.h.Plan.Call(track.FailConnect, ""); err != nil {
		return nil, err
	}
	raw, err := c.raw.Connect(ctx)
	if err != nil || raw == nil {
		return raw, err
	}
	c.h.Plan.Done(track.FailConnect, "")
	if c.h.Config.RawConns {
		return c.connectRaw(ctx, raw), nil
	}
	w := &conn{raw: raw}
	w.read()
	w.t = c.h.Connect(w.kill)
	if err := w.identify(ctx); err != nil {
		w.t.Closed()
		raw.Close()
		return nil, err
	}
	if track.ByConnectionOpener() {
		w.t.OpenerConn()
	} else {
		w.t.Take(ctx)
	}
	if c.h.Ended() {
		w.kill()
		return nil, errEnded
	}
	return w, nil
}

// errEnded is for a goroutine that opens a connection after its test has been judged.
var errEnded = errors.New("runtimecheck: the test of this handle has ended")

// Driver returns the wrapped driver: programs choose a dialect by the type of (*sql.DB).Driver.
func (c *connector) Driver() driver.Driver { return c.raw.Driver() }

// Close is called by (*sql.DB).Close.
func (c *connector) Close() error {
	c.h.Close()
	track.Unshare(c.h)
	if closer, ok := c.raw.(io.Closer); ok {
		return closer.Close()
	}
	return nil
}

// A conn wraps a driver.Conn. It has every optional method of a connection; where the wrapped one lacks a
// method, the answer is the one by which database/sql does what it would do without the method.
type conn struct {
	raw driver.Conn
	t   *track.Conn

	// What raw implements, looked up once.
	execer  driver.ExecerContext
	queryer driver.QueryerContext
	checker driver.NamedValueChecker
	reset   driver.SessionResetter
	valid   driver.Validator
	oldExec driver.Execer  //nolint:staticcheck // drivers still have it
	oldQry  driver.Queryer //nolint:staticcheck // drivers still have it

	// discard makes the next IsValid false.
	discard bool
	// dead: killed by a Plan or closed by force.
	dead atomic.Bool
	// calls is the number of calls running on raw; closedByForce when it may not be called again.
	calls atomic.Int32
}

const closedByForce = -1 << 30

func (c *conn) read() {
	c.execer, _ = c.raw.(driver.ExecerContext)
	c.queryer, _ = c.raw.(driver.QueryerContext)
	c.checker, _ = c.raw.(driver.NamedValueChecker)
	c.reset, _ = c.raw.(driver.SessionResetter)
	c.valid, _ = c.raw.(driver.Validator)
	c.oldExec, _ = c.raw.(driver.Execer) //nolint:staticcheck // see above
	c.oldQry, _ = c.raw.(driver.Queryer) //nolint:staticcheck // see above
}

// identify asks the server which session this is.
func (c *conn) identify(ctx context.Context) error {
	p := c.t.Probe()
	if p == nil {
		return nil
	}
	id, err := p.Identify(ctx, c.raw)
	c.t.Identified(id)
	return err
}

// enter reports whether raw may be called; leave must follow.
func (c *conn) enter() bool {
	if c.calls.Add(1) < 0 {
		c.calls.Add(-1)
		return false
	}
	return true
}

func (c *conn) leave() { c.calls.Add(-1) }

// kill closes raw unless a call is running on it. Whoever still has the connection then gets ErrBadConn.
func (c *conn) kill() bool {
	if !c.calls.CompareAndSwap(0, closedByForce) {
		return c.calls.Load() < 0
	}
	c.dead.Store(true)
	c.raw.Close() // the leak has been reported; nothing can be done about an error
	c.t.Closed()
	return true
}

// fail asks the plan whether this operation shall fail, and how.
func (c *conn) fail(kind track.Fault, query string, args ...driver.NamedValue) error {
	err, kill := c.t.Plan().Call(kind, query, args...)
	if kill {
		c.dead.Store(true)
	}
	return err
}

// use records that the calling goroutine uses the connection for a statement, and lets it fail if planned.
func (c *conn) use(ctx context.Context, query string, args ...driver.NamedValue) error {
	if c.dead.Load() {
		return driver.ErrBadConn
	}
	if !c.t.Out() {
		c.t.Take(ctx)
	}
	return c.fail(track.FailQuery, query, args...)
}

func (c *conn) Prepare(query string) (driver.Stmt, error) {
	return c.PrepareContext(context.Background(), query)
}

func (c *conn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	if err := c.use(ctx, query); err != nil {
		return nil, err
	}
	if !c.enter() {
		return nil, driver.ErrBadConn
	}
	defer c.leave()
	raw, err := prepare(ctx, c.raw, query)
	if err != nil || raw == nil {
		return raw, err
	}
	c.t.Plan().Done(track.FailQuery, query)
	s := &stmt{raw: raw, c: c, inputs: -1}
	s.read()
	s.item.Kind, s.item.On, s.item.Query = track.Stmt, c.t, query
	c.t.Handle().OpenItem(&s.item)
	return s, nil
}

// prepare is ctxDriverPrepare of database/sql.
func prepare(ctx context.Context, c driver.Conn, query string) (driver.Stmt, error) {
	if p, ok := c.(driver.ConnPrepareContext); ok {
		return p.PrepareContext(ctx, query)
	}
	s, err := c.Prepare(query)
	if err == nil && ctx.Err() != nil {
		s.Close()
		return nil, ctx.Err()
	}
	return s, err
}

func (c *conn) Begin() (driver.Tx, error) {
	return c.BeginTx(context.Background(), driver.TxOptions{})
}

func (c *conn) BeginTx(ctx context.Context, opts driver.TxOptions) (driver.Tx, error) {
	if err := c.use(ctx, track.Begin); err != nil {
		return nil, err
	}
	if !c.enter() {
		return nil, driver.ErrBadConn
	}
	defer c.leave()
	raw, err := begin(ctx, c.raw, opts)
	if err != nil || raw == nil {
		return raw, err
	}
	c.t.Plan().Done(track.FailQuery, track.Begin)
	x := &tx{raw: raw, c: c}
	x.item.Kind, x.item.On, x.item.Ctx = track.Tx, c.t, ctx
	c.t.Handle().OpenItem(&x.item)
	return x, nil
}

// begin is ctxDriverBegin of database/sql, with its errors.
func begin(ctx context.Context, c driver.Conn, opts driver.TxOptions) (driver.Tx, error) {
	if b, ok := c.(driver.ConnBeginTx); ok {
		return b.BeginTx(ctx, opts)
	}
	if opts.Isolation != 0 {
		return nil, errors.New("sql: driver does not support non-default isolation level")
	}
	if opts.ReadOnly {
		return nil, errors.New("sql: driver does not support read-only transactions")
	}
	x, err := c.Begin() //nolint:staticcheck // the driver has nothing else
	if err == nil && ctx.Err() != nil {
		x.Rollback()
		return nil, ctx.Err()
	}
	return x, err
}

func (c *conn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	if c.execer == nil && c.oldExec == nil {
		return nil, driver.ErrSkip
	}
	if err := c.use(ctx, query, args...); err != nil {
		return nil, err
	}
	if !c.enter() {
		return nil, driver.ErrBadConn
	}
	defer c.leave()
	c.t.Statement(query)
	res, err := c.exec(ctx, query, args)
	if err == nil {
		c.t.Plan().Done(track.FailQuery, query, args...)
	}
	return res, err
}

func (c *conn) exec(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	if c.execer != nil {
		return c.execer.ExecContext(ctx, query, args)
	}
	values, err := positional(ctx, args)
	if err != nil {
		return nil, err
	}
	return c.oldExec.Exec(query, values)
}

func (c *conn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	if c.queryer == nil && c.oldQry == nil {
		return nil, driver.ErrSkip
	}
	if err := c.use(ctx, query, args...); err != nil {
		return nil, err
	}
	if !c.enter() {
		return nil, driver.ErrBadConn
	}
	defer c.leave()
	raw, err := c.query(ctx, query, args)
	if err != nil || raw == nil {
		return raw, err
	}
	c.t.Plan().Done(track.FailQuery, query, args...)
	return c.newRows(ctx, raw, query, args), nil
}

func (c *conn) query(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	if c.queryer != nil {
		return c.queryer.QueryContext(ctx, query, args)
	}
	values, err := positional(ctx, args)
	if err != nil {
		return nil, err
	}
	return c.oldQry.Query(query, values)
}

// positional is namedValueToValue of database/sql and the look at ctx that follows it.
func positional(ctx context.Context, args []driver.NamedValue) ([]driver.Value, error) {
	values := make([]driver.Value, len(args))
	for i, a := range args {
		if a.Name != "" {
			return nil, errors.New("sql: driver does not support the use of Named Parameters")
		}
		values[i] = a.Value
	}
	return values, ctx.Err()
}

func (c *conn) Ping(ctx context.Context) error {
	p, ok := c.raw.(driver.Pinger)
	if !ok {
		return nil
	}
	if err := c.use(ctx, "ping"); err != nil {
		return err
	}
	if !c.enter() {
		return driver.ErrBadConn
	}
	defer c.leave()
	err := p.Ping(ctx)
	if err == nil {
		c.t.Plan().Done(track.FailQuery, "ping")
	}
	return err
}

// CheckNamedValue is asked before an Exec or Query without a statement.
func (c *conn) CheckNamedValue(nv *driver.NamedValue) error {
	if !c.direct() {
		// database/sql would not look at the arguments yet: the method that asks will answer ErrSkip.
		return nil
	}
	if c.checker != nil {
		return c.checker.CheckNamedValue(nv)
	}
	return driver.ErrSkip
}

// direct reports whether the wrapped connection takes the call that is being prepared without a statement.
func (c *conn) direct() bool {
	exec, query := c.execer != nil || c.oldExec != nil, c.queryer != nil || c.oldQry != nil
	if exec == query {
		return exec
	}
	return track.OnStack("database/sql.(*DB).execDC") == exec
}

// ResetSession is called in the goroutine that takes the connection from the pool.
func (c *conn) ResetSession(ctx context.Context) error {
	if c.dead.Load() || !c.enter() {
		return driver.ErrBadConn
	}
	defer c.leave()
	c.t.Take(ctx)
	if c.reset != nil {
		return c.reset.ResetSession(ctx)
	}
	return nil
}

// IsValid is called when the connection goes back to the pool.
func (c *conn) IsValid() bool {
	c.t.Release()
	if c.discard || c.dead.Load() || !c.enter() {
		return false
	}
	defer c.leave()
	return c.valid == nil || c.valid.IsValid()
}

func (c *conn) Close() error {
	c.t.Closed()
	if !c.enter() {
		return nil // closed by force
	}
	defer c.leave()
	return c.raw.Close()
}
