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
// What main holds when it returns ends with the process. A pool that a test opens is
// not reported. A pool or connection stored in a field, a variable of the package or
// anywhere else that outlives the function belongs to whoever is there. Session
// state left on a pooled connection is not looked for yet. go vet does not look for
// unclosed connections.
//
// # Silencing
//
// Close the pool, release the connection. If that happens where the rule cannot see
// it, say so:
//
//	//connlint:ignore connclose lives as long as the process
package connclose
