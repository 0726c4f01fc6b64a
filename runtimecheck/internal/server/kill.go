package server

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"
)

// KillIdle ends the sessions of db's idle connections and returns their number
// when the server has forgotten them. The connections have been used just before,
// so that a driver which trusts a connection for a while does so.
func KillIdle(ctx context.Context, db, admin *sql.DB) (int, error) {
	d, err := dialectOf(ctx, onSQL(admin))
	if err != nil {
		return 0, err
	}
	taken, err := TakeIdle(ctx, db)
	var ids []int64
	for _, c := range taken {
		self, identifyErr := d.identify(ctx, onSQL(c))
		if identifyErr != nil {
			err = identifyErr
			break
		}
		ids = append(ids, self.id)
	}
	giveBack(taken)
	if err != nil {
		return 0, err
	}
	return kill(ctx, d, onSQL(admin), ids)
}

// SessionOf asks a session of a PostgreSQL server for its number.
func SessionOf(ctx context.Context, q Query) (int64, error) {
	self, err := postgres{}.identify(ctx, q)
	return self.id, err
}

// Kill ends sessions of a PostgreSQL server, as KillIdle does.
func Kill(ctx context.Context, q Query, ids []int64) (int, error) {
	return kill(ctx, postgres{}, q, ids)
}

func kill(ctx context.Context, d dialect, q Query, ids []int64) (int, error) {
	slices.Sort(ids)
	ids = slices.Compact(ids) // behind a pooler connections share sessions
	for _, id := range ids {
		if err := d.terminate(ctx, q, id); err != nil {
			return 0, err
		}
	}
	for pause := time.Millisecond; ; pause = min(2*pause, 100*time.Millisecond) {
		left, err := d.sessions(ctx, q, ids)
		if err != nil {
			return 0, err
		}
		if len(left) == 0 {
			return len(ids), nil
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return 0, fmt.Errorf("%d of %d sessions are still there: %w", len(left), len(ids), ctx.Err())
		}
	}
}
