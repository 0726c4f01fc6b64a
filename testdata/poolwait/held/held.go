// Package held: who has a connection waits for none.
package held

import (
	"context"
	"database/sql"
	"net/http"
)

func serve(db *sql.DB) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		conn, err := db.Conn(r.Context())
		if err != nil {
			return
		}
		defer conn.Close()
		conn.ExecContext(context.Background(), "SET x = 1") // ok: on the connection
		tx, err := conn.BeginTx(context.Background(), nil)  // ok: on the connection
		if err != nil {
			return
		}
		defer tx.Rollback()
		tx.Exec("DELETE FROM t") // ok: on the connection
		tx.Commit()
	}
}
