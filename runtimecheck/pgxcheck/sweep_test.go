package pgxcheck_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/connlint/connlint/internal/testdb"
	"github.com/connlint/connlint/runtimecheck"
	"github.com/connlint/connlint/runtimecheck/pgxcheck"
)

func accounts(t *testing.T) *pgxpool.Config {
	t.Helper()
	dsn := testdb.Postgres(t)
	c := pgxcheck.Connect(t, must(pgx.ParseConfig(dsn)))
	must(c.Exec(t.Context(), "CREATE TABLE accounts (id int, balance int); INSERT INTO accounts VALUES (1, 100), (2, 100)"))
	return poolConfig(t, dsn)
}

// transfer is right on every path.
func transfer(ctx context.Context, pool *pgxpool.Pool) error {
	tx, err := pool.Begin(ctx)
	if err != nil {
		return err
	}
	defer tx.Rollback(ctx)
	rows, err := tx.Query(ctx, "SELECT id FROM accounts ORDER BY id")
	if err != nil {
		return err
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[int])
	if err != nil {
		return err
	}
	if len(ids) != 2 {
		return fmt.Errorf("%d accounts", len(ids))
	}
	if _, err := tx.Exec(ctx, "UPDATE accounts SET balance = balance - 1 WHERE id = 1"); err != nil {
		return err
	}
	return tx.Commit(ctx)
}

// transferLeaking forgets the transaction when a statement fails.
func transferLeaking(ctx context.Context, pool *pgxpool.Pool) error {
	tx, err := pool.Begin(ctx)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, "UPDATE accounts SET balance = balance - 1 WHERE id = 1"); err != nil {
		return err
	}
	return tx.Commit(ctx)
}

// countIgnoring takes a broken result for a short one.
func countIgnoring(ctx context.Context, pool *pgxpool.Pool) (n int, err error) {
	rows, err := pool.Query(ctx, "SELECT id FROM accounts")
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	for rows.Next() {
		n++
	}
	return n, nil
}

// ignoring does not look at the error of a statement.
func ignoring(ctx context.Context, pool *pgxpool.Pool) error {
	pool.Exec(ctx, "UPDATE accounts SET balance = 0 WHERE id = 3")
	return nil
}

// retrying repeats a call that has failed.
func retrying(ctx context.Context, pool *pgxpool.Pool) error {
	var err error
	for range 3 {
		if _, err = pool.Exec(ctx, "UPDATE accounts SET balance = 0 WHERE id = 3"); err == nil {
			return nil
		}
	}
	return err
}

// swept collects what Sweep reports of body.
func swept(t *testing.T, body func(*pgxpool.Pool) error, opts ...runtimecheck.Option) (reports []*runtimecheck.LeakError) {
	t.Helper()
	opts = append(opts, runtimecheck.Settle(50*time.Millisecond), runtimecheck.OnLeak(func(e *runtimecheck.LeakError) {
		t.Log(e)
		reports = append(reports, e)
	}))
	pgxcheck.Sweep(t, accounts(t), body, opts...)
	return reports
}

func TestSweepOfRightCode(t *testing.T) {
	t.Parallel()
	runs := 0
	var injected, commits int
	reports := swept(t, func(pool *pgxpool.Pool) error {
		runs++
		err := transfer(context.Background(), pool)
		var on *runtimecheck.InjectedError
		if errors.As(err, &on) {
			injected++
			if strings.Contains(on.Error(), "commit") {
				commits++
			}
		}
		return err
	})
	if len(reports) != 0 {
		t.Errorf("%d reports on code that is right on every path", len(reports))
	}
	// Connect, begin, query, three places in its result, update, commit: 8 calls, failed each once, seven of them with the
	// connection as well, and the runs that nothing fails in.
	if runs < 1+8+1 || injected < 8 || commits == 0 {
		t.Errorf("%d runs, %d of them with the injected error, %d of these in the commit", runs, injected, commits)
	}
}

func TestSweepFindsLeakOnErrorPath(t *testing.T) {
	t.Parallel()
	reports := swept(t, func(pool *pgxpool.Pool) error { return transferLeaking(context.Background(), pool) })
	if len(reports) == 0 {
		t.Fatal("nothing reported")
	}
	for _, r := range reports {
		l := r.Leaks[0]
		// Also when its connection was killed: the transaction has the place in the pool until Rollback.
		if l.Kind != runtimecheck.KindTx || l.API != "(*pgxpool.Pool).Begin" {
			t.Errorf("reported a %s of %s", l.Kind, l.API)
		}
		if !strings.Contains(r.Error(), "UPDATE accounts") || !strings.Contains(r.Error(), "pgxcheck_test.transferLeaking") {
			t.Errorf("the report does not tell the failed call:\n%v", r)
		}
	}
}

func TestSweepFindsShortResult(t *testing.T) {
	t.Parallel()
	reports := swept(t, func(pool *pgxpool.Pool) error {
		_, err := countIgnoring(context.Background(), pool)
		return err
	}, runtimecheck.Faults(runtimecheck.FailResult))
	if len(reports) != 3 { // before the first row, the second, the end
		t.Errorf("%d reports, want 3", len(reports))
	}
	for _, r := range reports {
		if r.Leaks[0].Kind != runtimecheck.KindSwallowed {
			t.Errorf("reported %+v", r.Leaks[0])
		}
	}
}

func TestSweepFindsIgnoredError(t *testing.T) {
	t.Parallel()
	body := func(pool *pgxpool.Pool) error { return ignoring(context.Background(), pool) }
	if reports := swept(t, body); len(reports) == 0 || reports[0].Leaks[0].Kind != runtimecheck.KindSwallowed {
		t.Errorf("%d reports", len(reports))
	}
	if reports := swept(t, body, runtimecheck.Tolerate()); len(reports) != 0 {
		t.Errorf("%d reports with Tolerate", len(reports))
	}
}

func TestSweepAcceptsRetry(t *testing.T) {
	t.Parallel()
	if reports := swept(t, func(pool *pgxpool.Pool) error { return retrying(context.Background(), pool) }); len(reports) != 0 {
		t.Errorf("%d reports on a body that repeats the failed call", len(reports))
	}
}
