// Package rows: open rows hold a connection as well.
package rows

import (
	"context"
	"database/sql"
	"net/http"
)

func Check(ctx context.Context, db *sql.DB) error {
	rows, err := db.QueryContext(ctx, "SELECT url FROM site")
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var url string
		if err := rows.Scan(&url); err != nil {
			return err
		}
		resp, err := http.Get(url) // want `http\.Get waits for an HTTP request while the result set rows is open`
		if err != nil {
			return err
		}
		resp.Body.Close()
	}
	return rows.Err()
}
