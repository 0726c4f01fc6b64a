package pgxcheck

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"sync"
)

// A wire is the network connection below a pgx.Conn. It tells when it is
// closed, which no tracer does, and can be closed by force: a pgx.Conn cannot,
// while a goroutine uses it.
type wire struct {
	net.Conn
	mu     sync.Mutex
	c      *conn
	closed bool
}

func (t *tracer) dial(ctx context.Context, dial func(context.Context, string, string) (net.Conn, error), network, addr string) (net.Conn, error) {
	d, _ := ctx.Value(dialingKey{t}).(*dialing)
	if d == nil {
		return dial(ctx, network, addr) // for a cancel request
	}
	if d.err != nil {
		return nil, d.err
	}
	nc, err := dial(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	d.wire = &wire{Conn: nc}
	return d.wire, nil
}

// Close records that the session is over.
func (w *wire) Close() error {
	w.mu.Lock()
	first := !w.closed
	w.closed = true
	c := w.c
	w.mu.Unlock()
	err := w.Conn.Close()
	if first && c != nil {
		c.closed()
	}
	return err
}

// attach says whose wire it is. Before that pgx may have tried other hosts.
func (w *wire) attach(c *conn) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.c = c
}

// kill ends the session. The goroutine that uses the connection, if any, gets an error.
func (w *wire) kill() bool {
	w.Close()
	return true
}

// wireOf finds the wire below what pgx writes to.
func wireOf(w io.Writer) *wire {
	switch c := w.(type) {
	case *wire:
		return c
	case *tls.Conn:
		return wireOf(c.NetConn())
	}
	return nil
}
