package pgxcheck_test

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	_ "github.com/jackc/pgx/v5/stdlib" // for the Server option

	"github.com/connlint/connlint/internal/testdb"
	"github.com/connlint/connlint/runtimecheck"
	"github.com/connlint/connlint/runtimecheck/pgxcheck"
)

// useEverything uses all that is tracked and gives it back.
func useEverything(ctx context.Context, pool *pgxpool.Pool) error {
	if _, err := pool.Exec(ctx, "SELECT 1"); err != nil {
		return err
	}
	var n int
	if err := pool.QueryRow(ctx, "SELECT 1").Scan(&n); err != nil {
		return err
	}
	err := pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, "SELECT generate_series(1, 3)")
		if err != nil {
			return err
		}
		_, err = pgx.CollectRows(rows, pgx.RowTo[int])
		return err
	})
	if err != nil {
		return err
	}
	b := &pgx.Batch{}
	b.Queue("SELECT 1")
	b.Queue("SELECT 2")
	if err := pool.SendBatch(ctx, b).Close(); err != nil {
		return err
	}
	return pool.AcquireFunc(ctx, func(c *pgxpool.Conn) error {
		if _, err := c.Exec(ctx, "CREATE TEMPORARY TABLE IF NOT EXISTS copied (n int)"); err != nil {
			return err
		}
		_, err := c.CopyFrom(ctx, pgx.Identifier{"copied"}, []string{"n"}, pgx.CopyFromRows([][]any{{1}, {2}}))
		if err != nil {
			return err
		}
		if _, err := c.Conn().Prepare(ctx, "mine", "SELECT 7"); err != nil {
			return err
		}
		// The connection is busy while rows are open; the second query fails and leaks nothing.
		rows, err := c.Query(ctx, "SELECT generate_series(1, 3)")
		if err != nil {
			return err
		}
		if _, err := c.Exec(ctx, "SELECT 2"); err == nil {
			return errors.New("a busy connection took a query")
		}
		rows.Close()
		_, err = c.Exec(ctx, "no such statement")
		var pgErr *pgconn.PgError
		if !errors.As(err, &pgErr) {
			return err
		}
		return c.Conn().Deallocate(ctx, "mine")
	})
}

// A clean test is not reported, from many goroutines and with the pool's own background work.
func TestCleanUse(t *testing.T) {
	t.Parallel()
	cfg := poolConfig(t, testdb.Postgres(t))
	cfg.MinConns, cfg.MaxConns = 2, 4
	pool := pgxcheck.NewPool(t, cfg)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 20 {
				if err := useEverything(t.Context(), pool); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
}

// A check that finds nothing does not wait.
func TestCleanCheckIsFast(t *testing.T) {
	t.Parallel()
	dsn := testdb.Postgres(t)
	var ended time.Time
	t.Run("code", func(t *testing.T) {
		pool := pgxcheck.NewPool(t, poolConfig(t, dsn))
		if err := useEverything(t.Context(), pool); err != nil {
			t.Error(err)
		}
		ended = time.Now()
	})
	if d := time.Since(ended); d > time.Second {
		t.Errorf("checking and closing took %v", d)
	}
}

// A query whose context ends is closed in the background; that is given time.
func TestCancelledQuery(t *testing.T) {
	t.Parallel()
	pool := pgxcheck.NewPool(t, poolConfig(t, testdb.Postgres(t)))
	for range 5 {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		if _, err := pool.Exec(ctx, "SELECT pg_sleep(1)"); err == nil {
			t.Error("the query was not cancelled")
		}
		cancel()
	}
}

// closeOnLeak leaks and closes the pool: pgxpool would wait for ever.
func closeOnLeak(pool *pgxpool.Pool) {
	defer pool.Close()
	leakAcquire(pool)
	leakTx(pool)
}

// pool.Close() on a leak: reported, and the test does not hang.
func TestCloseOnLeak(t *testing.T) {
	t.Parallel()
	done := make(chan struct{})
	go func() {
		defer close(done)
		got := leaksOf(t, testdb.Postgres(t), func(_ context.Context, pool *pgxpool.Pool) { closeOnLeak(pool) })
		expect(t, got, []want{
			{runtimecheck.KindConn, "(*pgxpool.Pool).Acquire", "leakAcquire"},
			{runtimecheck.KindTx, "(*pgxpool.Pool).Begin", "leakTx"},
		})
	}()
	select {
	case <-done:
	case <-time.After(30 * time.Second):
		t.Fatal("Close hangs")
	}
}

// A connection that was taken out of the pool and closed is no leak.
func TestHijackedAndClosed(t *testing.T) {
	t.Parallel()
	pool := pgxcheck.NewPool(t, poolConfig(t, testdb.Postgres(t)))
	c := must(pool.Acquire(t.Context())).Hijack()
	must(c.Exec(t.Context(), "SELECT 1"))
	if err := c.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

// closeAcquired closes a connection and forgets that the pool still counts it.
func closeAcquired(pool *pgxpool.Pool) {
	must(pool.Acquire(context.Background())).Conn().Close(context.Background())
}

// A connection that is closed but not released keeps its place in the pool.
func TestClosedButNotReleased(t *testing.T) {
	t.Parallel()
	got := leaksOf(t, testdb.Postgres(t), func(_ context.Context, pool *pgxpool.Pool) { closeAcquired(pool) })
	expect(t, got, []want{{runtimecheck.KindConn, "(*pgxpool.Pool).Acquire", "closeAcquired"}})
}

// The sessions of what leaked are closed after the report: a lock that it held is free.
func TestLeakIsClosedByForce(t *testing.T) {
	t.Parallel()
	dsn := testdb.Postgres(t)
	other := pgxcheck.Connect(t, must(pgx.ParseConfig(dsn)))
	must(other.Exec(t.Context(), "CREATE TABLE t (n int)"))
	leaksOf(t, dsn, func(ctx context.Context, pool *pgxpool.Pool) {
		must(must(pool.Begin(ctx)).Exec(ctx, "LOCK TABLE t"))
	})
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if _, err := other.Exec(ctx, "LOCK TABLE t"); err == nil || !strings.Contains(err.Error(), "transaction block") {
		t.Errorf("LOCK outside a transaction: %v", err)
	}
	if _, err := other.Exec(ctx, "DROP TABLE t"); err != nil {
		t.Errorf("the leaked transaction still has its lock: %v", err)
	}
}

// A counter is a tracer of the user's own.
type counter struct{ starts, ends, acquires atomic.Int32 }

func (c *counter) TraceQueryStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryStartData) context.Context {
	c.starts.Add(1)
	return context.WithValue(ctx, counterKey{}, c)
}

func (c *counter) TraceQueryEnd(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryEndData) {
	if ctx.Value(counterKey{}) == c {
		c.ends.Add(1)
	}
}

func (c *counter) TraceAcquireStart(ctx context.Context, _ *pgxpool.Pool, _ pgxpool.TraceAcquireStartData) context.Context {
	c.acquires.Add(1)
	return ctx
}

func (c *counter) TraceAcquireEnd(context.Context, *pgxpool.Pool, pgxpool.TraceAcquireEndData) {}

type counterKey struct{}

// The user's own tracer is called beside ours, and the configuration that was passed stays as it was.
func TestUsersTracer(t *testing.T) {
	t.Parallel()
	cfg := poolConfig(t, testdb.Postgres(t))
	mine := &counter{}
	cfg.ConnConfig.Tracer = mine
	var got *runtimecheck.LeakError
	t.Run("code", func(t *testing.T) {
		pool := pgxcheck.NewPool(t, cfg, runtimecheck.Settle(time.Millisecond), runtimecheck.OnLeak(func(e *runtimecheck.LeakError) { got = e }))
		must(pool.Exec(t.Context(), "SELECT 1"))
		leakTx(pool)
	})
	if s, e, a := mine.starts.Load(), mine.ends.Load(), mine.acquires.Load(); s != 3 || e != 3 || a != 2 {
		t.Errorf("the user's tracer saw %d starts, %d ends, %d acquires, want 3, 3, 2", s, e, a)
	}
	expect(t, got, []want{{runtimecheck.KindTx, "(*pgxpool.Pool).Begin", "leakTx"}})
	if cfg.ConnConfig.Tracer != mine {
		t.Errorf("NewPool has changed the configuration: tracer %T", cfg.ConnConfig.Tracer)
	}
}

// A pool made with the configuration of another checked pool: each judges its own connections.
func TestConfigurationOfACheckedPool(t *testing.T) {
	t.Parallel()
	dsn := testdb.Postgres(t)
	var first, second *runtimecheck.LeakError
	t.Run("code", func(t *testing.T) {
		into := func(e **runtimecheck.LeakError) runtimecheck.Option {
			return runtimecheck.OnLeak(func(got *runtimecheck.LeakError) { *e = got })
		}
		soon := runtimecheck.Settle(50 * time.Millisecond)
		one := pgxcheck.NewPool(t, poolConfig(t, dsn), soon, into(&first))
		two := pgxcheck.NewPool(t, one.Config(), soon, into(&second))
		if err := useEverything(t.Context(), one); err != nil {
			t.Error(err)
		}
		leakTx(two)
	})
	expect(t, second, []want{{runtimecheck.KindTx, "(*pgxpool.Pool).Begin", "leakTx"}})
	// The first sees it too: it was asked to watch whatever is opened with its configuration.
	expect(t, first, []want{{runtimecheck.KindTx, "(*pgxpool.Pool).Begin", "leakTx"}})
}

// Connect: what is on the connection is judged, the connection itself is the test's.
func TestConnect(t *testing.T) {
	t.Parallel()
	dsn := testdb.Postgres(t)
	var got *runtimecheck.LeakError
	t.Run("clean", func(t *testing.T) {
		c := pgxcheck.Connect(t, must(pgx.ParseConfig(dsn)))
		must(c.Exec(t.Context(), "SELECT 1"))
	})
	t.Run("leak", func(t *testing.T) {
		c := pgxcheck.Connect(t, must(pgx.ParseConfig(dsn)), runtimecheck.Settle(time.Millisecond), runtimecheck.OnLeak(func(e *runtimecheck.LeakError) { got = e }))
		leakRowsOf(t.Context(), c)
	})
	expect(t, got, []want{{runtimecheck.KindRows, "(*pgx.Conn).Query", "leakRowsOf"}})
}

func leakRowsOf(ctx context.Context, c *pgx.Conn) {
	must(c.Query(ctx, "SELECT generate_series(1, 3)"))
}

// Install: pools and connections that the code under test makes, judged by VerifyNone. Not parallel: it looks at
// handles that all tests share.
func TestInstall(t *testing.T) {
	cfg := poolConfig(t, testdb.Postgres(t))
	pgxcheck.Install(cfg.ConnConfig)
	var got *runtimecheck.LeakError
	t.Run("leak", func(t *testing.T) {
		runtimecheck.VerifyNone(t, runtimecheck.Settle(50*time.Millisecond), runtimecheck.OnLeak(func(e *runtimecheck.LeakError) { got = e }))
		pool := must(pgxpool.NewWithConfig(context.Background(), cfg))
		leakRow(pool)
	})
	expect(t, got, []want{{runtimecheck.KindRows, "(*pgxpool.Pool).QueryRow", "leakRow"}})
	t.Run("clean", func(t *testing.T) {
		runtimecheck.VerifyNone(t)
		pool := must(pgxpool.NewWithConfig(context.Background(), cfg))
		defer pool.Close()
		if err := useEverything(t.Context(), pool); err != nil {
			t.Error(err)
		}
	})
}

// Server: a Tx tells its session's age and locks; a bare connection opened past the tracer is found by its name.
func TestServer(t *testing.T) {
	t.Parallel()
	dsn := testdb.Postgres(t)
	admin := runtimecheck.Open(t, "pgx", dsn)
	must(admin.Exec("CREATE TABLE t (n int)"))
	t.Run("Tx", func(t *testing.T) {
		got := leaksOf(t, dsn, func(ctx context.Context, pool *pgxpool.Pool) {
			must(must(pool.Begin(ctx)).Exec(ctx, "INSERT INTO t VALUES (1)"))
		}, runtimecheck.Server(admin))
		if got == nil || len(got.Leaks) != 1 || got.Leaks[0].Server == nil {
			t.Fatalf("want one Tx with the server's view, got %v", got)
		}
		if s := got.Leaks[0].Server; s.State != "idle in transaction" || s.TxAge <= 0 || len(s.Locks) != 1 || s.Locks[0] != "t RowExclusiveLock" {
			t.Errorf("server says %+v", s)
		}
	})
	t.Run("session opened past the tracer", func(t *testing.T) {
		var bare *pgx.Conn
		got := leaksOf(t, dsn, func(ctx context.Context, pool *pgxpool.Pool) {
			must(pool.Exec(ctx, "SELECT 1"))
			cfg := pool.Config().ConnConfig
			cfg.Tracer = nil
			bare = must(pgx.ConnectConfig(ctx, cfg))
		}, runtimecheck.Server(admin))
		defer bare.Close(t.Context())
		if got == nil || len(got.Leaks) != 1 || got.Leaks[0].Kind != runtimecheck.KindSession {
			t.Errorf("want one session, got %v", got)
		}
	})
	t.Run("clean", func(t *testing.T) {
		pool := pgxcheck.NewPool(t, poolConfig(t, dsn), runtimecheck.Server(admin))
		if err := useEverything(t.Context(), pool); err != nil {
			t.Error(err)
		}
	})
}

// advisory lock, LISTEN, temp, SET × SessionState. What AfterConnect sets is left out.
func TestSessionState(t *testing.T) {
	t.Parallel()
	cfg := poolConfig(t, testdb.Postgres(t))
	cfg.AfterConnect = func(ctx context.Context, c *pgx.Conn) error {
		_, err := c.Exec(ctx, "SET lock_timeout = '5s'")
		return err
	}
	var got *runtimecheck.LeakError
	option := runtimecheck.OnLeak(func(e *runtimecheck.LeakError) { got = e })
	t.Run("clean", func(t *testing.T) {
		pool := pgxcheck.NewPool(t, cfg, runtimecheck.SessionState(), option)
		must(pool.Exec(t.Context(), "SELECT 1"))
	})
	if got != nil {
		t.Fatalf("reported: %v", got)
	}
	t.Run("left", func(t *testing.T) {
		leaveState(t.Context(), pgxcheck.NewPool(t, cfg, runtimecheck.SessionState(), option))
	})
	expect(t, got, []want{{runtimecheck.KindSession, "(*pgxpool.Pool).Acquire", "leaveState"}})
	for _, w := range []string{"advisory lock 42", "LISTEN news", "temporary table scratch", "SET statement_timeout = 7000"} {
		if !strings.Contains(got.Error(), w) {
			t.Errorf("the report does not tell %q", w)
		}
	}
	if strings.Contains(got.Error(), "lock_timeout") {
		t.Error("the report tells what AfterConnect sets")
	}
}

func leaveState(ctx context.Context, pool *pgxpool.Pool) {
	c := must(pool.Acquire(ctx))
	defer c.Release()
	for _, s := range []string{"SELECT pg_advisory_lock(42)", "LISTEN news", "CREATE TEMPORARY TABLE scratch (id int)", "SET statement_timeout = '7s'"} {
		must(c.Exec(ctx, s))
	}
}

// KillSessions: each warm connection gives its next user an error, then the pool recovers.
func TestKillSessions(t *testing.T) {
	t.Parallel()
	cfg := poolConfig(t, testdb.Postgres(t))
	cfg.MaxConns = 3
	pool := pgxcheck.NewPool(t, cfg)
	var conns []*pgxpool.Conn
	for range 3 {
		conns = append(conns, must(pool.Acquire(t.Context())))
	}
	for _, c := range conns {
		c.Release()
	}
	if n := pgxcheck.KillSessions(t, pool); n != 3 {
		t.Fatalf("killed %d sessions, want 3", n)
	}
	failed := 0
	for range 5 {
		if _, err := pool.Exec(t.Context(), "SELECT 1"); err != nil {
			failed++
		}
	}
	if failed != 3 {
		t.Errorf("%d calls failed, want one for each connection", failed)
	}
}

// nested takes a second connection while it holds one.
func nested(ctx context.Context, pool *pgxpool.Pool) error {
	rows, err := pool.Query(ctx, "SELECT generate_series(1, 3)")
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var n int
		if err := pool.QueryRow(ctx, "SELECT 1").Scan(&n); err != nil {
			return err
		}
	}
	return rows.Err()
}

// Limit: a starved pool fails the test with both stacks, and the hang is broken.
// Not parallel: who waits for a pool of another test would be named as well.
func TestLimit(t *testing.T) {
	cfg := poolConfig(t, testdb.Postgres(t))
	cfg.MaxConns = 1
	pool := pgxcheck.NewPool(t, cfg)
	var got *runtimecheck.LeakError
	option := runtimecheck.OnLeak(func(e *runtimecheck.LeakError) { got = e })
	pgxcheck.Limit(t, pool, func() {
		if err := useEverything(t.Context(), pool); err != nil {
			t.Error(err)
		}
	}, option)
	if got != nil {
		t.Fatalf("reported: %v", got)
	}
	var err error
	pgxcheck.Limit(t, pool, func() { err = nested(t.Context(), pool) }, option)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("the waiting call got %v", err)
	}
	expect(t, got, []want{
		{runtimecheck.KindStarved, "(*pgxpool.Pool).QueryRow", "nested"},
		{runtimecheck.KindRows, "(*pgxpool.Pool).Query", "nested"},
	})
}

// Nested finds the same without any starvation.
func TestNested(t *testing.T) {
	t.Parallel()
	got := leaksOf(t, testdb.Postgres(t), func(ctx context.Context, pool *pgxpool.Pool) {
		if err := nested(ctx, pool); err != nil {
			t.Error(err)
		}
	}, runtimecheck.Nested())
	if got == nil || len(got.Leaks) == 0 {
		t.Fatal("nothing reported")
	}
	for _, l := range got.Leaks {
		if l.Kind != runtimecheck.KindNested || l.API != "(*pgxpool.Pool).QueryRow" {
			t.Errorf("reported %+v", l)
		}
	}
}

// Behind PgBouncer the client side is as good as ever, and the server check judges transactions only.
func TestPgBouncer(t *testing.T) {
	t.Parallel()
	dsn := testdb.Postgres(t)
	admin := runtimecheck.Open(t, "pgx", dsn)
	u := must(url.Parse(testdb.PgBouncer(t, dsn)))
	q := u.Query()
	q.Set("default_query_exec_mode", "simple_protocol")
	u.RawQuery = q.Encode()
	got := leaksOf(t, u.String(), func(ctx context.Context, pool *pgxpool.Pool) {
		must(pool.Exec(ctx, "SELECT pg_advisory_lock(1)"))
		leakTx(pool)
	}, runtimecheck.Server(admin))
	expect(t, got, []want{{runtimecheck.KindTx, "(*pgxpool.Pool).Begin", "leakTx"}})
}
