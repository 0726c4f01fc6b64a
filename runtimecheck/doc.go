// Package runtimecheck finds, in go test and against a real database, the
// connections that code took and did not give back: *sql.Rows not closed,
// *sql.Tx neither committed nor rolled back, *sql.Conn and *sql.Stmt not closed.
// A failure names the line that opened what is left.
//
// The usual way is a handle for each test:
//
//	func TestTransfer(t *testing.T) {
//		db := runtimecheck.Open(t, "pgx", dsn)
//		store := NewStore(db)
//		…
//	}
//
// When the test and its subtests have ended, whatever is still open on the handle fails the test. Handles of
// parallel tests do not see each other. [VerifyNone] and [VerifyTestMain] check handles that
// no test owns, made with [Connector] or [Register]; [Watch] checks a handle that cannot be
// tracked. The command "connlint test" tracks every handle of a program without a change to it.
//
// [Sweep] walks the error paths: it runs a body again and again, failing its first database call, then its
// second, and so on. [Limit] turns a pool that is too small into a failure with the stacks of those who hold and
// those who wait.
//
// # What it sees
//
// The connections of a tracked handle are wrapped; the wrapper answers every optional interface of
// database/sql/driver as the driver itself does, so that database/sql takes the same decisions. Two
// things differ. What (*sql.Conn).Raw passes is the wrapper: give it to [Unwrap], or use the option [RawConns].
// A connection that database/sql opened on behalf of a waiter, that was taken with (*sql.DB).Conn and never
// used, is counted without its line.
//
// # Transactions and results on t.Context()
//
// testing cancels t.Context() before cleanups run, and database/sql then ends what was opened with it. What the
// test's own goroutine had left open until then is reported all the same, with a note. Therefore do not leave the
// rollback of a transaction on t.Context() to t.Cleanup: use defer.
// What another goroutine has open with t.Context() is not reported when it ends in time: stopping a worker in this
// way is good practice.
package runtimecheck
