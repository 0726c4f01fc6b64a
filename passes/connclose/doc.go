// Package connclose finds connections and pools that are not given back on every path.
//
// A *sql.Conn or *pgxpool.Conn that is not returned is lost to its pool; a *pgx.Conn
// that is not closed keeps a session on the server. A pool that is opened and dropped,
// as on the error path of a constructor that retries, keeps its connections, and
// nobody can close them any more.
//
// The rule follows connections and pools from the call that made them to every
// return. It also reports one that is used before the error is checked (category
// unchecked) and a deferred release in a loop (loop).
//
// A connection that was taken for a lock of its session, such as pg_advisory_lock or
// GET_LOCK, and kept in a field is done with when the lock is released: where the package
// releases the lock and nothing in it closes the connection, that is reported (kept).
//
// With -connclose.state, off by default, it also reports what a session was told and
// still knows when its connection goes back to the pool (state): SET, a session's lock
// such as pg_advisory_lock, GET_LOCK or LOCK TABLES, a temporary table, LISTEN, USE, and
// SQLite's pragmas of the connection; and the same run on the pool itself, where it is
// on one connection and nobody knows on which.
//
// # Wrong
//
//	func open(ctx context.Context, driver, dsn string) (*sql.DB, error) {
//		db, err := sql.Open(driver, dsn)
//		if err != nil {
//			return nil, err
//		}
//		if _, err := db.ExecContext(ctx, "CREATE SCHEMA IF NOT EXISTS shop"); err != nil {
//			return nil, err
//		}
//		return db, nil
//	}
//
// # Right
//
//	func open(ctx context.Context, driver, dsn string) (*sql.DB, error) {
//		db, err := sql.Open(driver, dsn)
//		if err != nil {
//			return nil, err
//		}
//		if _, err := db.ExecContext(ctx, "CREATE SCHEMA IF NOT EXISTS shop"); err != nil {
//			db.Close()
//			return nil, err
//		}
//		return db, nil
//	}
//
// # Limits
//
// What main holds when it returns ends with the process; a pool or a connection of a test is
// not reported. A pool or connection stored in a field, a variable of the package or
// anywhere else that outlives the function belongs to whoever is there. go vet does not
// look for unclosed connections.
//
// Session state is read from text that is constant, or constant but for the verbs of
// Sprintf. What is taken back on some path counts as taken back, and so does setting
// the same name to something else. A connection that is returned, stored or given to
// a function of another package is left alone; so are SET LOCAL, SET GLOBAL and
// variables of the client (@x), everything on a pool in a package that limits one to a
// single connection, and tests.
//
// # Silencing
//
// Close the pool, release the connection. If that happens where the rule cannot see
// it, say so:
//
//	//connlint:ignore connclose lives as long as the process
package connclose
