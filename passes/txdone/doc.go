// Package txdone finds transactions that are neither committed nor rolled back on every path.
//
// An open transaction holds a connection of the pool, and on the server its locks and
// the oldest row version that may be cleaned up. One that is never ended holds them
// until the process dies: others wait for the locks, the tables bloat, the pool runs
// dry.
//
// The rule follows a transaction from Begin to every return, through helpers, wrapper
// types and deferred functions that look at an error to decide. It also reports, in
// category commit,
//
//   - a Commit whose error is dropped: when it fails, what was written is lost and
//     nobody is told;
//   - a deferred function that commits although the function fails, because the error
//     that it looks at is shadowed or overwritten;
//
// and a transaction used before the error of Begin is checked (unchecked).
//
// # Wrong
//
//	func move(ctx context.Context, db *sql.DB, from, to int) error {
//		tx, err := db.BeginTx(ctx, nil)
//		if err != nil {
//			return err
//		}
//		if _, err := tx.ExecContext(ctx, "UPDATE a SET n = n - 1 WHERE id = ?", from); err != nil {
//			return err
//		}
//		if _, err := tx.ExecContext(ctx, "UPDATE a SET n = n + 1 WHERE id = ?", to); err != nil {
//			return err
//		}
//		return tx.Commit()
//	}
//
// # Right
//
//	func move(ctx context.Context, db *sql.DB, from, to int) error {
//		tx, err := db.BeginTx(ctx, nil)
//		if err != nil {
//			return err
//		}
//		defer tx.Rollback()
//		if _, err := tx.ExecContext(ctx, "UPDATE a SET n = n - 1 WHERE id = ?", from); err != nil {
//			return err
//		}
//		if _, err := tx.ExecContext(ctx, "UPDATE a SET n = n + 1 WHERE id = ?", to); err != nil {
//			return err
//		}
//		return tx.Commit()
//	}
//
// # Limits
//
// A transaction of database/sql whose context is cancelled by a deferred call of the
// same function is rolled back by that and not reported. An error of Commit assigned
// to the blank identifier is taken to be meant. A transaction that goes to somebody
// unknown, such as a context value, is left alone. go vet does not look for open
// transactions.
//
// # Silencing
//
// Put defer tx.Rollback() after the error check: after Commit it does nothing. If the
// transaction is ended where the rule cannot see it, say so:
//
//	//connlint:ignore txdone the middleware ends it
package txdone
