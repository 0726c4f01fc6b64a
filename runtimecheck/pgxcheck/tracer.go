package pgxcheck

import (
	"context"
	"fmt"
	"io"
	"net"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/multitracer"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/connlint/connlint/runtimecheck/internal/track"
)

// A tracer tells a track.Handle what pgx does on the connections of one
// configuration. pgx calls it in the goroutine that uses the connection.
type tracer struct {
	h   *track.Handle
	key string // of our state in PgConn.CustomData; a connection can have several tracers

	waiters waiters // for Limit

	outMu sync.Mutex
	out   map[*conn]*pgxpool.Pool // acquired and not released
	// checkouts is set for database/sql: who took each connection last.
	checkouts map[*conn]*track.Item
}

var tracers atomic.Int64 // numbers them

func newTracer(h *track.Handle) *tracer {
	t := &tracer{h: h, key: fmt.Sprintf("runtimecheck/%d", tracers.Add(1)), out: map[*conn]*pgxpool.Pool{}}
	h.Refresh = t.forgetHijacked
	return t
}

// install makes a configuration tell t. The user's tracer stays and is called first.
func (t *tracer) install(cfg *pgx.ConnConfig) {
	if cfg.Tracer == nil {
		cfg.Tracer = t
	} else {
		cfg.Tracer = multitracer.New(cfg.Tracer, t)
	}
	dial := cfg.DialFunc
	cfg.DialFunc = func(ctx context.Context, network, addr string) (net.Conn, error) {
		return t.dial(ctx, dial, network, addr)
	}
	if t.h.Plan != nil {
		build := cfg.BuildFrontend
		cfg.BuildFrontend = func(r io.Reader, w io.Writer) *pgproto3.Frontend {
			return build(&breaker{plan: t.h.Plan, in: r, wire: wireOf(w)}, w)
		}
	}
}

// owned marks in a context that the connection being opened belongs to the
// test, which is not to blame for having it open.
type ownedKey struct{}

// A dialing collects what belongs to one call of pgx.ConnectConfig.
type dialing struct {
	err  error // that a Sweep wants
	wire *wire
}

// A dialingKey is for the context of the connect: a configuration can have several tracers.
type dialingKey struct{ t *tracer }

func (t *tracer) of(pc *pgx.Conn) *conn {
	c, _ := pc.PgConn().CustomData()[t.key].(*conn)
	return c
}

func (t *tracer) TraceConnectStart(ctx context.Context, data pgx.TraceConnectStartData) context.Context {
	err, _ := t.h.Plan.Call(track.FailConnect, "")
	return context.WithValue(ctx, dialingKey{t}, &dialing{err: err})
}

func (t *tracer) TraceConnectEnd(ctx context.Context, data pgx.TraceConnectEndData) {
	d, _ := ctx.Value(dialingKey{t}).(*dialing)
	if data.Conn == nil || d == nil || d.wire == nil {
		return
	}
	t.h.Plan.Done(track.FailConnect, "")
	c := &conn{t: t, c: t.h.Connect(d.wire.kill), wire: d.wire}
	t.identify(ctx, c, data.Conn.PgConn())
	data.Conn.PgConn().CustomData()[t.key] = c
	d.wire.attach(c)
	switch {
	case t.checkouts != nil:
		t.checkout(c)
	case ctx.Value(ownedKey{}) == nil && !openedByPool():
		c.c.Type = "*pgx.Conn"
		c.c.Take(ctx)
	}
}

// typ is what the user calls a thing: with database/sql in between it is sql's.
func (t *tracer) typ(pgxs, sqls string) string {
	if t.checkouts != nil {
		return sqls
	}
	return pgxs
}

func (t *tracer) TraceAcquireStart(ctx context.Context, pool *pgxpool.Pool, _ pgxpool.TraceAcquireStartData) context.Context {
	return t.waiters.enter(ctx)
}

func (t *tracer) TraceAcquireEnd(ctx context.Context, pool *pgxpool.Pool, data pgxpool.TraceAcquireEndData) {
	t.waiters.leave(ctx)
	if data.Conn == nil {
		return
	}
	if c := t.of(data.Conn); c != nil {
		t.acquired(c, pool)
		c.mu.Lock()
		defer c.mu.Unlock()
		c.c.Type = "*pgxpool.Conn"
		c.pool = pool
		c.c.Take(ctx)
	}
}

// TraceRelease is called at the beginning of Release. A connection that is not
// ready for the next user is closed by the pool without a word.
func (t *tracer) TraceRelease(pool *pgxpool.Pool, data pgxpool.TraceReleaseData) {
	c := t.of(data.Conn)
	if c == nil {
		return
	}
	t.released(c)
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.c.Out() {
		return // AcquireAllIdle does not tell TraceAcquireEnd
	}
	if pc := data.Conn.PgConn(); !data.Conn.IsClosed() && !c.gone {
		switch {
		case pc.IsBusy():
			t.dirty(c, "a result was not read to its end: pgxpool closes such a connection")
		case pc.TxStatus() != 'I':
			t.dirty(c, "inside a transaction: pgxpool closes such a connection")
		}
	}
	c.pool = nil
	c.c.Release()
	if c.gone {
		c.forget()
	}
}

// acquired and released keep t.out. They are called without c.mu, and while the
// pool counts the connection as acquired.
func (t *tracer) acquired(c *conn, pool *pgxpool.Pool) {
	t.outMu.Lock()
	defer t.outMu.Unlock()
	t.out[c] = pool
}

func (t *tracer) released(c *conn) {
	t.outMu.Lock()
	defer t.outMu.Unlock()
	delete(t.out, c)
}

// forgetHijacked ends what was taken out of its pool by Hijack and closed since. No
// tracer tells of Hijack, but the pool does not count such a connection any more.
func (t *tracer) forgetHijacked() {
	t.outMu.Lock()
	defer t.outMu.Unlock()
	hijacked := map[*pgxpool.Pool]int{}
	for _, pool := range t.out {
		hijacked[pool]++
	}
	for pool := range hijacked {
		hijacked[pool] -= int(pool.Stat().AcquiredConns())
	}
	for c, pool := range t.out {
		c.mu.Lock()
		if c.gone && hijacked[pool] > 0 {
			hijacked[pool]--
			delete(t.out, c)
			c.forget()
		}
		c.mu.Unlock()
	}
}

func (t *tracer) dirty(c *conn, note string) {
	at := t.h.Open(track.DirtyRelease, "*pgxpool.Conn", c.c, nil, "")
	l := t.h.LeakOf(at)
	at.End()
	l.Note = note
	for _, x := range []*thing{&c.tx, &c.rows, &c.batch} {
		if !x.open {
			continue
		}
		opened := t.h.LeakOf(&x.Item)
		l.Related = append(l.Related, track.Related{Title: "opened by", API: opened.API, Stack: opened.Stack, Query: opened.Query})
		l.Related = append(l.Related, opened.Related...)
		x.end()
	}
	t.h.Find(l, at)
}

func (t *tracer) TraceQueryStart(ctx context.Context, pc *pgx.Conn, data pgx.TraceQueryStartData) context.Context {
	c := t.of(pc)
	if c == nil {
		return ctx
	}
	if err := t.fault(c, statementKind(data.SQL), data.SQL); err != nil {
		ctx = failing{ctx, err}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.rows.open || c.batch.open {
		c.busy++
		return ctx
	}
	c.query = data.SQL
	c.rows.begin(t.h, track.Rows, t.typ("pgx.Rows", "*sql.Rows"), c.c, ctx, data.SQL)
	return ctx
}

func (t *tracer) TraceQueryEnd(ctx context.Context, pc *pgx.Conn, data pgx.TraceQueryEndData) {
	c := t.of(pc)
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.busy > 0 {
		c.busy--
		return
	}
	if data.Err == nil {
		t.h.Plan.Done(statementKind(c.query), c.query)
	}
	if t.checkouts != nil && ctx.Err() != nil && track.ByAwaitDone() {
		c.rows.endHealed()
	}
	c.rows.end()
	t.transaction(c, ctx, pc.PgConn())
}

// transaction notes whether the statement that has just ended began or ended
// one. The server says so after each statement, also when BEGIN came as SQL.
func (t *tracer) transaction(c *conn, ctx context.Context, pc *pgconn.PgConn) {
	if c.gone && c.pool != nil {
		return // until it is released
	}
	in := !c.gone && !pc.IsClosed() && (pc.TxStatus() == 'T' || pc.TxStatus() == 'E')
	switch {
	case in && !c.tx.open:
		c.tx.begin(t.h, track.Tx, t.typ("pgx.Tx", "*sql.Tx"), c.c, ctx, "")
	case !in && t.checkouts != nil && c.tx.open && c.tx.Ctx.Err() != nil && track.ByAwaitDone():
		c.tx.endHealed()
	case !in:
		c.tx.end()
	}
}

func (t *tracer) TraceBatchStart(ctx context.Context, pc *pgx.Conn, data pgx.TraceBatchStartData) context.Context {
	c := t.of(pc)
	if c == nil {
		return ctx
	}
	query := batchText(data.Batch)
	if err := t.fault(c, track.FailQuery, query); err != nil {
		ctx = failing{ctx, err}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.rows.open || c.batch.open {
		c.busy++
		return ctx
	}
	c.query = query
	c.batch.begin(t.h, track.Batch, "pgx.BatchResults", c.c, ctx, query)
	return ctx
}

func (t *tracer) TraceBatchQuery(context.Context, *pgx.Conn, pgx.TraceBatchQueryData) {}

func (t *tracer) TraceBatchEnd(ctx context.Context, pc *pgx.Conn, data pgx.TraceBatchEndData) {
	c := t.of(pc)
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.busy > 0 {
		c.busy--
		return
	}
	if data.Err == nil {
		t.h.Plan.Done(track.FailQuery, c.query)
	}
	c.batch.end()
	t.transaction(c, ctx, pc.PgConn())
}

func (t *tracer) TraceCopyFromStart(ctx context.Context, pc *pgx.Conn, data pgx.TraceCopyFromStartData) context.Context {
	return t.call(ctx, pc, "COPY "+data.TableName.Sanitize()+" FROM STDIN")
}

func (t *tracer) TraceCopyFromEnd(_ context.Context, pc *pgx.Conn, data pgx.TraceCopyFromEndData) {
	t.called(pc, data.Err)
}

// TracePrepareStart is called for Prepare, and within a query that is not in the
// statement cache: that is a part of the query.
func (t *tracer) TracePrepareStart(ctx context.Context, pc *pgx.Conn, data pgx.TracePrepareStartData) context.Context {
	if c := t.of(pc); c == nil || c.inQuery() {
		return ctx
	}
	return t.call(ctx, pc, data.SQL)
}

func (t *tracer) TracePrepareEnd(_ context.Context, pc *pgx.Conn, data pgx.TracePrepareEndData) {
	if c := t.of(pc); c != nil && !c.inQuery() {
		t.called(pc, data.Err)
	}
}

func (c *conn) inQuery() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.rows.open || c.batch.open
}

// call is for what is over when it returns and leaves nothing open.
func (t *tracer) call(ctx context.Context, pc *pgx.Conn, query string) context.Context {
	c := t.of(pc)
	if c == nil {
		return ctx
	}
	if err := t.fault(c, track.FailQuery, query); err != nil {
		ctx = failing{ctx, err}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.query = query
	c.c.Statement(query)
	return ctx
}

func (t *tracer) called(pc *pgx.Conn, err error) {
	c := t.of(pc)
	if c == nil || err != nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	t.h.Plan.Done(track.FailQuery, c.query)
}

// openedByPool reports whether the calling goroutine opens a connection for a
// pool, which is then the one to close it.
func openedByPool() bool {
	var pcs [64]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs[:])])
	for {
		f, more := frames.Next()
		if strings.HasPrefix(f.Function, "github.com/jackc/pgx/v5/pgxpool.") || strings.HasPrefix(f.Function, "database/sql.") {
			return true
		}
		if !more {
			return false
		}
	}
}

// fault asks the Plan of a Sweep whether an operation has to fail.
func (t *tracer) fault(c *conn, kind track.Fault, query string) error {
	if t.h.Plan == nil {
		return nil
	}
	err, kill := t.h.Plan.Call(kind, query)
	if kill {
		c.wire.kill()
	}
	return err
}

// tracerOf returns the tracer that NewPool has given a pool, nil if it has not.
func tracerOf(pool *pgxpool.Pool) *tracer {
	switch x := pool.Config().ConnConfig.Tracer.(type) {
	case *tracer:
		return x
	case *multitracer.Tracer:
		for _, q := range slices.Backward(x.QueryTracers) { // the last is the pool's own
			if t, ok := q.(*tracer); ok {
				return t
			}
		}
	}
	return nil
}

func statementKind(sql string) track.Fault {
	if s := strings.TrimSpace(sql); len(s) <= len("commit;") && strings.HasPrefix(strings.ToLower(s), "commit") {
		return track.FailCommit
	}
	return track.FailQuery
}

func batchText(b *pgx.Batch) string {
	if b == nil || len(b.QueuedQueries) == 0 {
		return ""
	}
	text := b.QueuedQueries[0].SQL
	if n := len(b.QueuedQueries); n > 1 {
		text += fmt.Sprintf(" … and %d more", n-1)
	}
	return text
}

// failing is a context that is over, for a reason of our own: pgx gives up
// before it sends anything, and the error that it returns wraps ours.
type failing struct {
	context.Context
	err error
}

var over = func() chan struct{} { c := make(chan struct{}); close(c); return c }()

func (f failing) Done() <-chan struct{}       { return over }
func (f failing) Err() error                  { return f.err }
func (f failing) Deadline() (time.Time, bool) { return f.Context.Deadline() }
