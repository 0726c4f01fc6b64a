package server

import (
	"context"
	"database/sql"
	"slices"
	"strings"

	"github.com/connlint/connlint/runtimecheck/internal/track"
)

// state looks into the idle connections of the report's handles. What a fresh
// connection has as well comes from the driver's or the pool's own hooks.
func (p *Probe) state(ctx context.Context, r *track.Report) ([]track.Leak, error) {
	var out []track.Leak
	for _, h := range r.Handles {
		idle, _ := h.Idle() // before we take them
		last := map[int64]track.Leak{}
		for _, c := range idle {
			last[c.Session] = c.Last
		}
		eachIdle, fresh := p.EachIdle, p.Fresh
		if h.DB != nil {
			eachIdle = func(ctx context.Context, f func(Query)) error { return eachIdleOf(ctx, h.DB, f) }
			fresh = func(ctx context.Context, f func(Query)) error { return nextOf(ctx, h.DB, f) }
		}
		if eachIdle == nil {
			continue
		}
		leaks, err := p.stateOf(ctx, eachIdle, fresh, last)
		out = append(out, leaks...)
		if err != nil {
			return out, err
		}
	}
	return out, nil
}

func (p *Probe) stateOf(ctx context.Context, eachIdle, fresh func(context.Context, func(Query)) error, last map[int64]track.Leak) ([]track.Leak, error) {
	type left struct {
		id    int64
		state []string
	}
	var found []left
	var failed error
	err := eachIdle(ctx, func(q Query) {
		id, state, err := p.probe(ctx, q)
		if err != nil && failed == nil {
			failed = err
		}
		if len(state) > 0 {
			found = append(found, left{id, state})
		}
	})
	if err == nil {
		err = failed
	}
	if len(found) == 0 {
		return nil, err
	}
	var usual []string
	if freshErr := fresh(ctx, func(q Query) { _, usual, _ = p.probe(ctx, q) }); freshErr != nil && err == nil {
		err = freshErr
	}
	var out []track.Leak
	for _, f := range found {
		f.state = slices.DeleteFunc(f.state, func(s string) bool { return slices.Contains(usual, s) })
		if len(f.state) == 0 {
			continue
		}
		l := last[f.id]
		l.Kind, l.Session, l.Held = track.OnServer, f.id, 0
		l.Type = "a connection given back to the pool with " + strings.Join(f.state, ", ")
		l.Note = "its next user inherits that"
		out = append(out, l)
	}
	return out, err
}

// probe asks one session who it is and what outlives the transactions in it.
func (p *Probe) probe(ctx context.Context, q Query) (id int64, state []string, err error) {
	d, err := p.learn(ctx, q)
	if err != nil {
		return 0, nil, err
	}
	self, err := d.identify(ctx, q)
	if err != nil {
		return 0, nil, err
	}
	state, err = d.state(ctx, q)
	return self.id, state, err
}

// eachIdleOf calls f for each idle connection of db.
func eachIdleOf(ctx context.Context, db *sql.DB, f func(Query)) error {
	taken, err := TakeIdle(ctx, db)
	defer giveBack(taken)
	for _, c := range taken {
		f(onSQL(c))
	}
	return err
}

// nextOf makes db open a connection, by taking all that it has.
func nextOf(ctx context.Context, db *sql.DB, f func(Query)) error {
	if limit := db.Stats().MaxOpenConnections; limit > 0 {
		db.SetMaxOpenConns(limit + 1)
		defer db.SetMaxOpenConns(limit)
	}
	taken, err := TakeIdle(ctx, db)
	defer giveBack(taken)
	if err != nil {
		return err
	}
	c, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	f(onSQL(c))
	return nil
}

// TakeIdle checks out all connections of db that are idle now, each in a goroutine
// of its own, because one that takes several is what the Nested option looks for.
func TakeIdle(ctx context.Context, db *sql.DB) ([]*sql.Conn, error) {
	type result struct {
		c   *sql.Conn
		err error
	}
	var taken []*sql.Conn
	for range db.Stats().Idle {
		results := make(chan result)
		go func() {
			c, err := db.Conn(ctx)
			results <- result{c, err}
		}()
		r := <-results
		if r.err != nil {
			return taken, r.err
		}
		taken = append(taken, r.c)
	}
	return taken, nil
}

func giveBack(taken []*sql.Conn) {
	for _, c := range taken {
		c.Close() // an error says that it is broken, which its next user will notice
	}
}
