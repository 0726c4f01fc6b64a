package pgxcheck

import (
	"context"
	"sync"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/connlint/connlint/runtimecheck/internal/track"
)

// A conn is what t knows of one pgx.Conn. pgx lets one goroutine use a
// connection at a time, but the connection may be closed by another one, in the
// background, after a cancelled query.
type conn struct {
	t    *tracer
	c    *track.Conn
	wire *wire

	mu    sync.Mutex
	pool  *pgxpool.Pool // that it is acquired from, nil if none
	gone  bool          // the session is over
	rows  thing         // the query that runs
	batch thing
	tx    thing
	busy  int    // queries begun while another one ran; they fail with "conn busy"
	query string // that runs, for the Plan
}

// A thing is an item that a connection has at most one of, and opens again and again.
type thing struct {
	track.Item
	open bool
}

func (x *thing) begin(h *track.Handle, kind track.Kind, typ string, c *track.Conn, ctx context.Context, query string) {
	x.Kind, x.Type, x.On, x.Ctx, x.Query = kind, typ, c, ctx, query
	x.open = true
	h.OpenItem(&x.Item)
}

func (x *thing) end() {
	if x.open {
		x.open = false
		x.End()
	}
}

// endHealed is end when x may be over only because the test has returned, which
// cancels t.Context(), which makes database/sql give back what was left.
func (x *thing) endHealed() {
	if x.open && x.Ctx != nil && x.Ctx.Err() != nil {
		x.open = false
		x.EndHealed()
		return
	}
	x.end()
}

// closed records that the session is over, and with it all that was open on it.
// Not so for a connection that is acquired: its place in the pool is taken until
// it is released, also when nothing can be done on it any more.
func (c *conn) closed() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.gone = true
	if c.pool == nil {
		c.forget()
	}
}

// forget records that nothing of the connection is in use. c.mu is held.
func (c *conn) forget() {
	c.pool = nil
	if c.t.checkouts != nil {
		c.rows.endHealed()
		c.tx.endHealed()
	}
	c.rows.open, c.batch.open, c.tx.open = false, false, false
	c.c.Closed()
}
