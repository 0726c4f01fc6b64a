// Package rowsclose finds result sets that are not closed on every path.
//
// Open rows hold a connection of the pool. Rows that are never closed hold it for
// ever: a few hundred requests later the pool is empty, every query waits, and the
// database, healthy and idle, refuses new clients. The paths that leak are the ones
// no test walks: the early return, the Scan that fails in the loop, the break.
//
// The rule follows rows from the call that opened them to every return, through
// variables, helpers, wrapper types, literals and deferred calls, in database/sql,
// sqlx, pgx and whatever is built on them. It also reports
//
//   - rows that are thrown away where Exec was meant, and a QueryRow never scanned
//     (category discarded);
//   - a deferred Close in a loop, which runs when the function returns (loop);
//   - rows used before the error of the query is checked: they are nil then
//     (unchecked);
//   - rows still open when the *sql.Conn they came from is closed, which waits for
//     them for ever (blocks).
//
// # Wrong
//
//	func names(ctx context.Context, db *sql.DB) ([]string, error) {
//		rows, err := db.QueryContext(ctx, "SELECT name FROM users")
//		if err != nil {
//			return nil, err
//		}
//		var out []string
//		for rows.Next() {
//			var name string
//			if err := rows.Scan(&name); err != nil {
//				return nil, err
//			}
//			out = append(out, name)
//		}
//		return out, rows.Err()
//	}
//
// # Right
//
//	func names(ctx context.Context, db *sql.DB) ([]string, error) {
//		rows, err := db.QueryContext(ctx, "SELECT name FROM users")
//		if err != nil {
//			return nil, err
//		}
//		defer rows.Close()
//		var out []string
//		for rows.Next() {
//			var name string
//			if err := rows.Scan(&name); err != nil {
//				return nil, err
//			}
//			out = append(out, name)
//		}
//		return out, rows.Err()
//	}
//
// # Limits
//
// Rows that Next has read to the end have given their connection back; with
// -rowsclose.strict a Close is wanted there too, because a panic in the loop would
// leak. Rows of database/sql whose context is cancelled by a deferred call of the
// same function, and rows of a transaction that ends in it, are not reported. Where
// rows go to somebody unknown, such as a function without source or a map, the rule
// is silent. go vet does not look for unclosed rows.
//
// # Silencing
//
// Close the rows. If they are closed where the rule cannot see it, say so:
//
//	//connlint:ignore rowsclose the iterator closes them
package rowsclose
