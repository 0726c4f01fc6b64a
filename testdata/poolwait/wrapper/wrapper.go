// Package wrapper: the methods of sqlx, and those of the pool inside it.
package wrapper

import (
	"net/http"

	"github.com/jmoiron/sqlx"
)

type api struct{ db *sqlx.DB }

func (a *api) get(w http.ResponseWriter, r *http.Request) {
	var n int
	a.db.Get(&n, "SELECT 1")                     // want `\(\*sqlx.DB\).Get without a context`
	a.db.GetContext(r.Context(), &n, "SELECT 1") // ok: the client ends it
	a.db.Exec("DELETE FROM t")                   // want `\(\*sql.DB\).Exec without a context`
	if tx, err := a.db.Beginx(); err == nil {    // want `\(\*sqlx.DB\).Beginx without a context`
		tx.Get(&n, "SELECT 1") // ok: a transaction has its connection
		tx.Rollback()
	}
}
