// Package pgxcheck is runtimecheck for code that uses pgx without database/sql:
// it finds, in go test and against a real PostgreSQL, the pool connections that
// were not released, the pgx.Rows, pgx.BatchResults and pgx.Conn that were not
// closed, the transactions that were not ended, and the connections that were
// released inside a transaction.
//
//	func TestTransfer(t *testing.T) {
//		cfg, err := pgxpool.ParseConfig(dsn)
//		...
//		store := NewStore(pgxcheck.NewPool(t, cfg))
//		...
//	}
//
// It wraps nothing: it listens through pgx's tracers, beside a tracer that the
// configuration already has. Connections that were opened without a
// configuration that [NewPool], [Connect] or [Install] has seen, as by
// pgx.Connect with a connection string, are not seen; the Server option of
// runtimecheck sees their sessions.
package pgxcheck
