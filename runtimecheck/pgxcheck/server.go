package pgxcheck

import (
	"context"
	"fmt"
	"hash/fnv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/connlint/connlint/runtimecheck/internal/server"
)

// probe returns the server check, nil without the Server and SessionState options.
func (t *tracer) probe() *server.Probe {
	p, _ := t.h.Config.Probe.(*server.Probe)
	return p
}

// onPgConn queries below pgx's tracers and statement cache.
func onPgConn(pc *pgconn.PgConn) server.Query {
	return func(ctx context.Context, statement string) ([][]string, error) {
		results, err := pc.Exec(ctx, statement).ReadAll()
		if err != nil {
			return nil, err
		}
		var out [][]string
		for _, result := range results {
			if result.Err != nil {
				return nil, result.Err
			}
			for _, row := range result.Rows {
				texts := make([]string, len(row))
				for i, v := range row {
					texts[i] = string(v)
				}
				out = append(out, texts)
			}
		}
		return out, nil
	}
}

// identify records the session of a new connection.
func (t *tracer) identify(ctx context.Context, c *conn, pc *pgconn.PgConn) {
	id := int64(pc.PID())
	if p := t.probe(); p != nil {
		// Behind a pooler it is 0. An error is that of a connection which is of
		// no use, as its first user will learn.
		if seen, err := p.IdentifyBy(ctx, onPgConn(pc), id); err == nil {
			id = seen
		}
	}
	c.c.Identified(id)
}

// name gives the sessions of a test a name of their own, unless they have one, so
// that the server check finds those that were opened past the tracer, with a copy
// of the configuration.
func name(tb testing.TB, cfg *pgx.ConnConfig) {
	if cfg.RuntimeParams["application_name"] != "" {
		return
	}
	if cfg.RuntimeParams == nil {
		cfg.RuntimeParams = map[string]string{}
	}
	unique := fnv.New32a()
	fmt.Fprint(unique, tb.Name(), time.Now().UnixNano(), tracers.Load())
	full := fmt.Sprintf("%s%08x/%s", server.OwnName, unique.Sum32(), tb.Name())
	const longest = 63 // bytes that PostgreSQL keeps; it replaces what is not ASCII
	if len(full) > longest {
		full = full[:longest]
	}
	cfg.RuntimeParams["application_name"] = strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, full)
}

// watchPool lets the server check look into the idle connections of a pool.
func (t *tracer) watchPool(pool *pgxpool.Pool, original *pgxpool.Config) {
	p := t.probe()
	if p == nil {
		return
	}
	p.EachIdle = func(ctx context.Context, f func(server.Query)) error {
		conns := pool.AcquireAllIdle(ctx)
		for _, c := range conns {
			f(onPgConn(c.Conn().PgConn()))
		}
		for _, c := range conns {
			c.Release()
		}
		return nil
	}
	p.Fresh = func(ctx context.Context, f func(server.Query)) error { return fresh(ctx, original, f) }
}

// fresh opens a connection as a pool of this configuration does, untracked.
func fresh(ctx context.Context, cfg *pgxpool.Config, f func(server.Query)) error {
	connConfig := cfg.ConnConfig.Copy()
	if cfg.BeforeConnect != nil {
		if err := cfg.BeforeConnect(ctx, connConfig); err != nil {
			return err
		}
	}
	pc, err := pgx.ConnectConfig(ctx, connConfig)
	if err != nil {
		return err
	}
	defer pc.Close(ctx)
	if cfg.AfterConnect != nil {
		if err := cfg.AfterConnect(ctx, pc); err != nil {
			return err
		}
	}
	f(onPgConn(pc.PgConn()))
	return nil
}

// killLimit is how long KillSessions waits for the server to forget the sessions.
const killLimit = 10 * time.Second

// KillSessions ends, on the server, the sessions of the pool's idle connections,
// as a failover does, and returns their number. It acquires and releases each
// connection just before: pgxpool pings a connection that was idle for more than a
// second, and trusts one that was used a moment ago, as a busy service's are. So
// each of them gives its next user an error. The code under test must recover, and
// what its error paths leak fails the test of the pool.
//
// It uses a connection of its own with the pool's configuration.
func KillSessions(tb testing.TB, pool *pgxpool.Pool) int {
	tb.Helper()
	ctx, cancel := context.WithTimeout(tb.Context(), killLimit)
	defer cancel()
	cfg := pool.Config().ConnConfig
	cfg.Tracer = nil
	admin, err := pgx.ConnectConfig(ctx, cfg)
	if err != nil {
		tb.Fatalf("pgxcheck: KillSessions: %v", err)
	}
	defer admin.Close(ctx)

	var ids []int64
	conns := pool.AcquireAllIdle(ctx)
	for _, c := range conns {
		id, identifyErr := server.SessionOf(ctx, onPgConn(c.Conn().PgConn()))
		if identifyErr != nil {
			err = identifyErr
			break
		}
		ids = append(ids, id)
	}
	for _, c := range conns {
		c.Release()
	}
	if err != nil {
		tb.Fatalf("pgxcheck: KillSessions: %v", err)
	}
	n, err := server.Kill(ctx, onPgConn(admin.PgConn()), ids)
	if err != nil {
		tb.Fatalf("pgxcheck: KillSessions: %v", err)
	}
	return n
}
