package otherpool

import (
	"context"
	"database/sql"
)

type querier interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

type App struct {
	db *sql.DB
	q  querier
}

type Event struct{ app *App }

func (a *App) InTx(ctx context.Context, f func(tx *App) error) error {
	tx, err := a.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if err := f(&App{q: tx}); err != nil {
		return err
	}
	return tx.Commit()
}

func (a *App) Ping(ctx context.Context) error { return a.db.PingContext(ctx) }

// Replaced: by the time of Ping, e.app is another one.
func Replaced(ctx context.Context, e *Event) error {
	return e.app.InTx(ctx, func(tx *App) error {
		e.app = tx
		return e.app.Ping(ctx) // ok: e.app was replaced
	})
}

func Kept(ctx context.Context, e *Event) error {
	return e.app.InTx(ctx, func(tx *App) error {
		return e.app.Ping(ctx) // want `\(\*otherpool\.App\)\.Ping .* wants a second connection`
	})
}
