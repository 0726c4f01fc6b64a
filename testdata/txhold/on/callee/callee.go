// Package callee: the wait is in a function further down.
package callee

import (
	"context"
	"database/sql"
	"net/http"
)

type Service struct {
	db     *sql.DB
	client *http.Client
}

func (s *Service) notify(ctx context.Context, url string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, nil)
	if err != nil {
		return err
	}
	resp, err := s.client.Do(req)
	if err != nil {
		return err
	}
	return resp.Body.Close()
}

func (s *Service) notifyAll(ctx context.Context) error {
	for _, url := range []string{"http://a", "http://b"} {
		if err := s.notify(ctx, url); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) Pay(ctx context.Context) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if _, err := tx.ExecContext(ctx, "UPDATE bill SET paid = true"); err != nil {
		return err
	}
	if err := s.notifyAll(ctx); err != nil { // want `\(\*callee\.Service\)\.notifyAll waits for an HTTP request \(\(\*http\.Client\)\.Do at callee\.go:\d+\) while the transaction tx is open`
		return err
	}
	return tx.Commit()
}
