package runtimecheck

import (
	"context"
	"database/sql"
	"testing"
	"time"

	"github.com/connlint/connlint/runtimecheck/internal/server"
	"github.com/connlint/connlint/runtimecheck/internal/track"
)

// killLimit is how long KillSessions waits for the server to forget the sessions.
const killLimit = 10 * time.Second

// Server also asks the server: PostgreSQL, MariaDB or MySQL. A leak then tells what its session is doing, how long its
// transaction has been open and which locks it has, and the hang guard tells who blocks whom. The server finds on its own:
//   - a connection that was given back to the pool inside a transaction (db.Exec("BEGIN")) or with an advisory lock,
//   - a session that stays although its connection was closed,
//   - a prepared transaction (PostgreSQL) in the test's database; tests that prepare in parallel need a database each.
//
// Not even the server can tell a leaked *sql.Rows or *sql.Conn: their sessions are idle.
//
// admin is a handle of the test's own, not the one that is checked. On PostgreSQL the role of the code under test is
// enough, another one needs pg_read_all_stats; locks have names when admin is connected to the same database. On
// MariaDB and MySQL transactions are seen with PROCESS only. Behind PgBouncer sessions belong to no client:
// only transactions are judged there, by the application_name of the connections, if they have one.
//
// Each new connection costs a round trip, and a check some queries.
func Server(admin *sql.DB) Option {
	return option(func(c *track.Config) { server.Of(c).Admin = admin })
}

// SessionState looks, at the end of the test, into the idle connections of the pool for what outlives a transaction, so
// that the next user of the connection inherits it: advisory locks, LISTEN, temporary tables and SET (PostgreSQL);
// GET_LOCK, SET, user variables and an open transaction (MariaDB); GET_LOCK and SET (MySQL). What every new connection has,
// from the hooks of the driver, is left out. It sees nothing when the code under test has closed the handle.
func SessionState() Option {
	return option(func(c *track.Config) { server.Of(c).State = true })
}

// KillSessions ends, on the server, the sessions of db's idle connections, as a failover does, and returns their number.
// It uses each connection just before, because drivers trust a connection that was used a moment ago: so does
// a busy service. The code under test must recover, and what its error paths leak fails the test of db.
//
// It returns when the server has forgotten the sessions. admin must be allowed to end them: it is on PostgreSQL when its role
// is the same or has pg_signal_backend, on MariaDB and MySQL when its user is the same or has CONNECTION ADMIN.
func KillSessions(tb testing.TB, db, admin *sql.DB) int {
	tb.Helper()
	ctx, cancel := context.WithTimeout(tb.Context(), killLimit)
	defer cancel()
	n, err := server.KillIdle(ctx, db, admin)
	if err != nil {
		tb.Fatalf("runtimecheck: KillSessions: %v", err)
	}
	return n
}
