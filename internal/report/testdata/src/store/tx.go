package store

import "database/sql"

func Begin(db *sql.DB) { tx, _ := db.Begin(); use("<script>", tx) }

func use(string, *sql.Tx) {
}
