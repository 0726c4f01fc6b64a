package server_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/connlint/connlint/runtimecheck"
	"github.com/connlint/connlint/runtimecheck/internal/server"
	"github.com/connlint/connlint/runtimecheck/internal/track"
)

// KillSessions: what a driver does with a connection that it has used a moment ago and that the server has ended since.
func TestKillSessions(t *testing.T) {
	t.Parallel()
	for _, d := range databases(t) {
		t.Run(d.name, func(t *testing.T) {
			db := runtimecheck.OpenDB(t, d.connect, runtimecheck.Nested())
			db.SetMaxIdleConns(3)
			takeAndGiveBack(t, db, 3)
			if n := runtimecheck.KillSessions(t, db, d.admin); n != 3 {
				t.Fatalf("killed %d sessions, want 3", n)
			}
			failed := 0
			for range 4 {
				if _, err := db.Exec("DO_NOTHING"); err != nil && isConnectionError(err) {
					failed++
				}
			}
			// pgx trusts a connection for a second; the others look whether it has ended, which the end of the session and
			// the news of it race for.
			if d.name == "pgx" && failed != 3 || failed > 3 {
				t.Errorf("%d calls failed of 3 connections", failed)
			}
			if err := db.Ping(); err != nil {
				t.Errorf("the handle does not recover: %v", err)
			}
		})
	}
}

// isConnectionError tells the death of a connection from the syntax error of a statement that has arrived.
func isConnectionError(err error) bool {
	return !strings.Contains(err.Error(), "syntax")
}

func takeAndGiveBack(t *testing.T, db *sql.DB, n int) {
	t.Helper()
	var conns []*sql.Conn
	for range n {
		taken := make(chan *sql.Conn)
		go func() { taken <- must(db.Conn(context.Background())) }()
		conns = append(conns, <-taken)
	}
	for _, c := range conns {
		c.Close()
	}
}

// Without idle connections there is nothing to kill.
func TestKillSessionsOfNone(t *testing.T) {
	t.Parallel()
	d := postgresDatabases(t)[0]
	if n := runtimecheck.KillSessions(t, runtimecheck.OpenDB(t, d.connect), d.admin); n != 0 {
		t.Errorf("killed %d sessions of a handle without connections", n)
	}
}

// The hang guard's question: who waits for whom.
func TestBlockers(t *testing.T) {
	t.Parallel()
	for _, d := range databases(t) {
		t.Run(d.name, func(t *testing.T) {
			table := "blocked_" + d.name
			d.exec(t, "CREATE TABLE "+table+" (id int PRIMARY KEY)", "INSERT INTO "+table+" VALUES (1)")
			cfg := track.NewConfig(nil)
			probe := server.Of(cfg)
			probe.Admin = d.admin
			if err := probe.Begin(t.Context()); err != nil {
				t.Fatal(err)
			}
			h := track.NewHandle("test", cfg)
			db := open(t, d.connect)
			var conns []*track.Conn
			begin := func() *sql.Conn {
				c := must(db.Conn(t.Context()))
				tracked := h.Connect(func() bool { return true })
				err := c.Raw(func(dc any) error {
					id, err := probe.Identify(t.Context(), dc.(driver.Conn))
					tracked.Identified(id)
					return err
				})
				if err != nil {
					t.Fatal(err)
				}
				conns = append(conns, tracked)
				must(c.ExecContext(t.Context(), "BEGIN"))
				return c
			}
			holder, waiter := begin(), begin()
			defer holder.Close()
			defer waiter.Close()
			update := "UPDATE " + table + " SET id = 1 WHERE id = 1"
			must(holder.ExecContext(t.Context(), update))
			done := make(chan error, 1)
			go func() {
				_, err := waiter.ExecContext(context.Background(), update)
				done <- err
			}()
			want := fmt.Sprintf("session %d (connection 2) waits for a lock held by session %d (connection 1)", conns[1].SessionID(), conns[0].SessionID())
			var got []string
			for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(200 * time.Millisecond) {
				if got = probe.Blockers(t.Context(), conns); len(got) > 0 {
					break
				}
			}
			if len(got) != 1 || got[0] != want {
				t.Errorf("got %q, want %q", got, want)
			}
			must(holder.ExecContext(t.Context(), "ROLLBACK"))
			if err := <-done; err != nil {
				t.Error(err)
			}
			must(waiter.ExecContext(t.Context(), "ROLLBACK"))
		})
	}
}
