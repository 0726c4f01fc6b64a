package track

// Identified records the server's number of the session of c.
func (c *Conn) Identified(session int64) {
	c.h.mu.Lock()
	defer c.h.mu.Unlock()
	c.Session = session
}

// SessionID returns what Identified has recorded, 0 if nothing.
func (c *Conn) SessionID() int64 {
	c.h.mu.Lock()
	defer c.h.mu.Unlock()
	return c.Session
}

// An IdleConn is an open connection that nobody has checked out.
type IdleConn struct {
	*Conn
	Session int64
	// Last is who took it last; its Stack is nil when nobody did.
	Last Leak
}

// Idle returns the open connections that nobody has checked out, and the sessions of all open ones.
func (h *Handle) Idle() (idle []IdleConn, sessions []int64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, c := range sortedConns(h.conns) {
		if c.Session != 0 {
			sessions = append(sessions, c.Session)
		}
		if !c.linked && !c.unseen {
			idle = append(idle, IdleConn{Conn: c, Session: c.Session, Last: h.leakOf(&c.Item, c.stack.read())})
		}
	}
	return idle, sessions
}

// Held describes what is open now.
func (h *Handle) Held() []Leak {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.open(h.Config, func(*Item, site) bool { return true })
}

func (h *Handle) refresh() {
	if h.Refresh != nil {
		h.Refresh()
	}
}

// end records that the test of h has been judged. A goroutine that it has left may get on: database/sql repeats
// a call whose connection was closed by force. It must get no other connection, which nobody would close.
func (h *Handle) end() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ended = true
}

// Ended reports whether the test of h has been judged, so that no connection may be opened any more.
func (h *Handle) Ended() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.ended
}
