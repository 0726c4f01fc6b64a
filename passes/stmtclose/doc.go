// Package stmtclose finds prepared statements that are not closed on every path.
//
// The server keeps a prepared statement for every connection that ran it, until the
// statement is closed or the connection ends. A statement prepared per request and
// never closed fills the server's memory; MySQL stops at max_prepared_stmt_count and
// refuses every further Prepare of every client.
//
// # Wrong
//
//	func rename(ctx context.Context, db *sql.DB, id int, name string) error {
//		stmt, err := db.PrepareContext(ctx, "UPDATE users SET name = ? WHERE id = ?")
//		if err != nil {
//			return err
//		}
//		_, err = stmt.ExecContext(ctx, name, id)
//		return err
//	}
//
// # Right
//
//	func rename(ctx context.Context, db *sql.DB, id int, name string) error {
//		stmt, err := db.PrepareContext(ctx, "UPDATE users SET name = ? WHERE id = ?")
//		if err != nil {
//			return err
//		}
//		defer stmt.Close()
//		_, err = stmt.ExecContext(ctx, name, id)
//		return err
//	}
//
// # Limits
//
// A statement prepared on a transaction of database/sql is closed when that ends and
// is not reported; neither is one that is stored in a field, a map or a variable that
// outlives the function. go vet does not look for unclosed statements.
//
// # Silencing
//
// Close the statement, or run the query without preparing it. If it is closed where
// the rule cannot see it, say so:
//
//	//connlint:ignore stmtclose closed by the cache
package stmtclose
