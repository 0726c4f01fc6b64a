// Package server asks the database server about the sessions of a test, for the
// Server and SessionState options of runtimecheck. It works on PostgreSQL,
// MariaDB and MySQL, through any driver, and imports the standard library only.
package server

import (
	"cmp"
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/connlint/connlint/runtimecheck/internal/track"
)

// A Probe implements track.Probe. It belongs to one check.
type Probe struct {
	Admin *sql.DB // nil: only SessionState
	State bool    // SessionState
	// EachIdle calls f for each idle connection of a pool that is not a *sql.DB.
	EachIdle func(ctx context.Context, f func(Query)) error
	// Fresh opens a connection as the pool does, for comparison. It goes with EachIdle.
	Fresh func(ctx context.Context, f func(Query)) error

	mu       sync.Mutex
	dialect  dialect
	known    map[int64]identity // of all connections that were opened
	pooled   map[string]bool    // application names of connections that go through a pooler
	prepared map[string]prepared
	begun    time.Time
}

// Of returns the Probe of a configuration, which it makes if there is none.
func Of(c *track.Config) *Probe {
	if p, ok := c.Probe.(*Probe); ok {
		return p
	}
	p := &Probe{known: map[int64]identity{}, pooled: map[string]bool{}}
	c.Probe = p
	return p
}

// Begin implements track.Probe: it finds out what the server is, and what was there before.
func (p *Probe) Begin(ctx context.Context) error {
	p.begun = time.Now()
	if p.Admin == nil {
		return nil
	}
	d, err := p.learn(ctx, onSQL(p.Admin))
	if err != nil {
		return err
	}
	p.prepared, err = d.prepared(ctx, onSQL(p.Admin))
	return err
}

func (p *Probe) learn(ctx context.Context, q Query) (dialect, error) {
	p.mu.Lock()
	d := p.dialect
	p.mu.Unlock()
	if d != nil {
		return d, nil
	}
	d, err := dialectOf(ctx, q)
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.dialect = d
	return d, nil
}

// Identify implements track.Probe. It returns 0 when the connection goes through
// a pooler, whose sessions serve other clients in the next moment.
func (p *Probe) Identify(ctx context.Context, dc driver.Conn) (int64, error) {
	return p.IdentifyBy(ctx, onDriver(dc), clientPID(dc))
}

// IdentifyBy is Identify for a connection that is no driver.Conn. clientPID is
// the session's number as the client was told when it connected, 0 if unknown.
func (p *Probe) IdentifyBy(ctx context.Context, q Query, clientPID int64) (int64, error) {
	d, err := p.learn(ctx, q)
	if err != nil {
		return 0, err
	}
	self, err := d.identify(ctx, q)
	if err != nil {
		return 0, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if clientPID != 0 && clientPID != self.id {
		p.pooled[self.application] = true
		return 0, nil
	}
	p.known[self.id] = self
	return self.id, nil
}

// Terminate implements track.Probe.
func (p *Probe) Terminate(ctx context.Context, id int64) error {
	p.mu.Lock()
	d := p.dialect
	p.mu.Unlock()
	if d == nil || p.Admin == nil {
		return nil
	}
	return d.terminate(ctx, onSQL(p.Admin), id)
}

// Blockers implements track.Probe.
func (p *Probe) Blockers(ctx context.Context, conns []*track.Conn) []string {
	p.mu.Lock()
	d := p.dialect
	p.mu.Unlock()
	if d == nil || p.Admin == nil {
		return nil
	}
	names := map[int64]string{}
	for _, c := range conns {
		if id := c.SessionID(); id != 0 {
			names[id] = fmt.Sprintf("session %d (connection %d)", id, c.Number)
		}
	}
	blocks, err := d.blockers(ctx, onSQL(p.Admin), slices.Collect(maps.Keys(names)))
	if err != nil {
		return []string{"server: " + err.Error()}
	}
	var lines []string
	for _, b := range blocks {
		holder := names[b.holds]
		if holder == "" {
			holder = fmt.Sprintf("session %d, which is not of this test", b.holds)
		}
		lines = append(lines, names[b.waits]+" waits for a lock held by "+holder)
	}
	return lines
}

// Inspect implements track.Probe. What the server may still be about to change
// (a session that ends, a rollback that runs) is looked at again,
// 1 ms and then ever longer up to 100 ms apart, until the settling time is over.
func (p *Probe) Inspect(ctx context.Context, r *track.Report) error {
	var found []track.Leak
	for pause, begun := time.Millisecond, time.Now(); ; pause = min(2*pause, 100*time.Millisecond) {
		var limit time.Duration
		var err error
		found, limit, err = p.look(ctx, r)
		if err != nil {
			return fmt.Errorf("asking the server: %w", err)
		}
		if time.Since(begun) >= limit {
			break
		}
		time.Sleep(pause)
	}
	r.Leaks = append(r.Leaks, found...)
	if p.State {
		state, err := p.state(ctx, r)
		r.Leaks = append(r.Leaks, state...)
		if err != nil {
			return fmt.Errorf("looking into idle connections: %w", err)
		}
	}
	return nil
}

// minWait is for how long to look again at what the server's view of transactions
// says or does not say.
const minWait = 200 * time.Millisecond

// look asks once. limit is for how long the answer may be one of the moment.
func (p *Probe) look(ctx context.Context, r *track.Report) (found []track.Leak, limit time.Duration, err error) {
	p.mu.Lock()
	d := p.dialect
	known := maps.Clone(p.known)
	p.mu.Unlock()
	if d == nil || p.Admin == nil {
		return nil, 0, nil
	}
	q := onSQL(p.Admin)
	ids := map[int64]bool{}
	live := map[int64]bool{}
	var idle []track.IdleConn
	for id := range known {
		ids[id] = true
	}
	for _, h := range r.Handles {
		unused, sessions := h.Idle()
		if !h.Config.RawConns { // what is in use is not known then
			idle = append(idle, unused...)
		}
		for _, id := range sessions {
			ids[id], live[id] = true, true
		}
	}
	sessions, err := d.sessions(ctx, q, slices.Sorted(maps.Keys(ids)))
	if err != nil {
		return nil, 0, err
	}
	if !attach(r, sessions) {
		limit = minWait
	}
	for _, c := range idle {
		found = append(found, idleFault(c, sessions[c.Session])...)
	}
	if !r.Config.RawConns {
		found = append(found, stays(sessions, known, live)...)
	}
	for _, more := range []func(context.Context, Query, dialect, *track.Report) ([]track.Leak, error){p.unowned, p.behindPooler, p.leftPrepared} {
		leaks, err := more(ctx, q, d, r)
		if err != nil {
			return nil, 0, err
		}
		found = append(found, leaks...)
	}
	if len(found) > 0 {
		limit = max(r.Config.Settle, minWait)
	}
	return found, limit, nil
}

// attach adds what the server says to the leaks that the client side has found. It
// reports whether the server knows of all the transactions.
func attach(r *track.Report, sessions map[int64]*session) (all bool) {
	all = true
	for i := range r.Leaks {
		l := &r.Leaks[i]
		s := sessions[l.Session]
		if s == nil || l.Session == 0 {
			continue
		}
		if l.Kind == track.Tx || l.Kind == track.Connection || s.inTx || len(s.Locks) > 0 {
			l.Server = &s.Session
		}
		if l.Kind == track.Tx && !s.inTx && s.Text == "" {
			all = false
		}
	}
	return all
}

// idleFault describes what a connection has that nobody uses, and that its next user inherits.
func idleFault(c track.IdleConn, s *session) []track.Leak {
	if s == nil || !s.inTx && len(s.advisory) == 0 || s.active {
		return nil
	}
	l := c.Last
	l.Kind, l.Server, l.Held = track.OnServer, &s.Session, 0
	switch {
	case s.inTx:
		l.Type = "a connection given back to the pool inside a transaction"
	default:
		l.Type = "a connection given back to the pool with an advisory lock"
	}
	return []track.Leak{l}
}

// stays describes sessions whose connection was closed. One that still runs a
// statement was cancelled on the client only and ends with it: that is no leak.
func stays(sessions map[int64]*session, known map[int64]identity, live map[int64]bool) []track.Leak {
	var out []track.Leak
	for _, id := range slices.Sorted(maps.Keys(known)) {
		s := sessions[id]
		if s == nil || live[id] || s.active || s.started != known[id].started && s.started != "" {
			continue
		}
		out = append(out, track.Leak{Kind: track.OnServer, Type: "a session that stays although its connection was closed", Session: id, Server: &s.Session})
	}
	return out
}

// OwnName is how application names begin that are one check's own, so that all
// sessions with such a name are its test's.
const OwnName = "rtc:"

// unowned describes sessions with our own application name that no tracked
// connection explains: opened past the tracker.
func (p *Probe) unowned(ctx context.Context, q Query, d dialect, r *track.Report) ([]track.Leak, error) {
	p.mu.Lock()
	names := map[string]bool{}
	for _, k := range p.known {
		if strings.HasPrefix(k.application, OwnName) {
			names[k.application] = true
		}
	}
	known := maps.Clone(p.known)
	p.mu.Unlock()
	var out []track.Leak
	for name := range names {
		sessions, err := d.named(ctx, q, name)
		if err != nil {
			return nil, err
		}
		slices.SortFunc(sessions, func(a, b *session) int { return cmp.Compare(a.id, b.id) })
		for _, s := range sessions {
			if _, ok := known[s.id]; !ok {
				out = append(out, track.Leak{Kind: track.OnServer, Type: "a session opened past runtimecheck", Session: s.id, Server: &s.Session})
			}
		}
	}
	return out, nil
}

// behindPooler describes transactions of the application names that go through
// a pooler. Nothing else can be said there: sessions stay for other clients, keep
// the name of their last one, and hold its advisory locks under the next one's name.
func (p *Probe) behindPooler(ctx context.Context, q Query, d dialect, r *track.Report) ([]track.Leak, error) {
	p.mu.Lock()
	names := slices.Sorted(maps.Keys(p.pooled))
	p.mu.Unlock()
	explained := 0 // by a transaction that the client side reports
	for _, l := range r.Leaks {
		if l.Kind == track.Tx {
			explained++
		}
	}
	var out []track.Leak
	for _, name := range names {
		if name == "" {
			continue // could be anybody's
		}
		sessions, err := d.named(ctx, q, name)
		if err != nil {
			return nil, err
		}
		for _, s := range sessions {
			if !s.inTx || s.active || s.TxAge > time.Since(p.begun) {
				continue
			}
			if explained > 0 {
				explained--
				continue
			}
			out = append(out, track.Leak{Kind: track.OnServer, Type: "a transaction of application " + name + ", behind a pooler", Session: s.id, Server: &s.Session})
		}
	}
	return out, nil
}

// leftPrepared describes the prepared transactions that were not there at the
// beginning, in the databases that the test has used.
func (p *Probe) leftPrepared(ctx context.Context, q Query, d dialect, r *track.Report) ([]track.Leak, error) {
	now, err := d.prepared(ctx, q)
	if err != nil {
		return nil, err
	}
	databases := map[string]bool{}
	p.mu.Lock()
	for _, k := range p.known {
		databases[k.database] = true
	}
	p.mu.Unlock()
	var out []track.Leak
	for _, gid := range slices.Sorted(maps.Keys(now)) {
		x := now[gid]
		if _, before := p.prepared[gid]; before || !databases[x.database] || x.age > time.Since(p.begun) {
			continue
		}
		out = append(out, track.Leak{Kind: track.OnServer, Type: fmt.Sprintf("prepared transaction %q neither committed nor rolled back", gid),
			Held: x.age, Note: "it keeps its locks until COMMIT PREPARED or ROLLBACK PREPARED, also when the server restarts"})
	}
	return out, nil
}
