// Package pooldeadlock finds code that holds a connection of a pool and asks the
// same pool for another one.
//
// Open rows, a transaction and a checked-out connection each hold one connection of
// the pool. A function that holds one and wants a second works in every test, and in
// production until as many callers as there are connections have taken their first:
// then each waits for a second that none of them will ever give back. The database
// is idle, the pool is full, and only a restart helps.
//
// The classics: a query inside the loop over rows; a method that uses the pool called
// between Begin and Commit; the function given to a transaction helper that uses the
// store around it in place of the transaction it is handed.
//
// A second connection that the driver is asked for in the function itself, or that a
// pool of at most four cannot give, is an error; one that is taken further down is a
// warning (category risk).
//
// # Wrong
//
//	func total(ctx context.Context, db *sql.DB) (sum int, err error) {
//		rows, err := db.QueryContext(ctx, "SELECT id FROM bill")
//		if err != nil {
//			return 0, err
//		}
//		defer rows.Close()
//		for rows.Next() {
//			var id, amount int
//			if err := rows.Scan(&id); err != nil {
//				return 0, err
//			}
//			if err := db.QueryRowContext(ctx, "SELECT amount FROM item WHERE bill = $1", id).Scan(&amount); err != nil {
//				return 0, err
//			}
//			sum += amount
//		}
//		return sum, rows.Err()
//	}
//
// # Right
//
//	func total(ctx context.Context, db *sql.DB) (sum int, err error) {
//		rows, err := db.QueryContext(ctx, "SELECT item.amount FROM bill JOIN item ON item.bill = bill.id")
//		if err != nil {
//			return 0, err
//		}
//		defer rows.Close()
//		for rows.Next() {
//			var amount int
//			if err := rows.Scan(&amount); err != nil {
//				return 0, err
//			}
//			sum += amount
//		}
//		return sum, rows.Err()
//	}
//
//	func move(ctx context.Context, db *sql.DB, id int) error {
//		tx, err := db.BeginTx(ctx, nil)
//		if err != nil {
//			return err
//		}
//		defer tx.Rollback()
//		var amount int
//		if err := tx.QueryRowContext(ctx, "SELECT amount FROM item WHERE bill = $1", id).Scan(&amount); err != nil {
//			return err
//		}
//		if _, err := tx.ExecContext(ctx, "UPDATE bill SET paid = paid + $1 WHERE id = $2", amount, id); err != nil {
//			return err
//		}
//		return tx.Commit()
//	}
//
// # Limits
//
// Two mentions are the same pool when they are the same variable, the same fields of
// the same value, or are handed on as such; pools that only the running program can
// tell apart are left alone. A prepared statement that is kept next to a pool, or was
// prepared on it in the function, takes its connections. Left alone are functions that
// are handed the transaction, unless they always have one and ask the pool all the same;
// what runs in another goroutine, tests, helpers that use the transaction of their context
// when there is one, and pools that nobody else uses, unless they are too small: those of
// a command that serves nothing, and those that a function opens for itself.
//
// So is a transaction or connection that is held as an advisory lock (pg_try_advisory_lock,
// GET_LOCK without a time-out; in a worker or a migration also those that wait), while the
// work is done on others. Where requests wait for such a lock, each with a connection in
// hand, who has it may find none left, and that is reported.
//
// # Silencing
//
// Read the first result to its end before asking again, join the two queries, or use
// the transaction for both. Where the pool is large and the callers are few:
//
//	//connlint:ignore pooldeadlock one caller at a time, the pool has ten
package pooldeadlock
