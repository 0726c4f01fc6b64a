// Package rowserr finds iterations whose error nobody looks at.
//
// Next returns false at the end of the rows and when the connection is lost halfway.
// Only Err tells the two apart. Without it a failover in the middle of a result looks
// like a short result: a report lacks rows, a check for duplicates finds none.
//
// # Wrong
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
//		return out, nil
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
// Err must be asked after the end of the loop; before it, it says nothing about the
// iteration. A helper that reads the rows must check, or its caller. Loops left by
// break, and returns of an error, are not reported: nobody takes those results for
// complete. Rows in an unexported field are looked at as a whole: it is enough that a
// function of the package that does not read them asks for their error. From Go 1.27 go vet reports the plain case of database/sql; this rule also
// covers sqlx, pgx, helpers in other packages, and each path by itself.
//
// # Silencing
//
// Return rows.Err() after the loop. If the error is looked at where the rule cannot
// see it, say so:
//
//	//connlint:ignore rowserr the caller asks the iterator
package rowserr
