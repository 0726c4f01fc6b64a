package pgxcheck

import (
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/connlint/connlint/runtimecheck"
	"github.com/connlint/connlint/runtimecheck/internal/track"
)

// Sweep is runtimecheck.Sweep for pgxpool: it walks the error paths of body. It
// runs body untouched, which must succeed, then with its first call failing, then
// with its second, and so on; and once more in this way with connections that die.
// A call is a connect, a statement, a batch, a COPY, a prepare; a result can also
// break before its first row, its second, and its end.
//
// After each run nothing may be open; no run may panic, nor succeed over a failed
// call. Each run has a fresh pool, which body must not close, without the
// connections that MinConns opens in the background. What else body has to keep
// to is said at runtimecheck.Sweep, and so are the options.
func Sweep(tb testing.TB, cfg *pgxpool.Config, body func(pool *pgxpool.Pool) error, opts ...runtimecheck.Option) {
	tb.Helper()
	options := track.NewConfig(opts)
	cfg = cfg.Copy()
	cfg.MinConns, cfg.MinIdleConns = 0, 0
	track.Sweep(tb, options, func(plan *track.Plan) (error, *track.Report) {
		t := newTracer(track.NewHandle("pgxpool", options))
		t.h.Plan = plan
		pool, err := t.open(cfg)
		if err != nil {
			return fmt.Errorf("making the pool: %w", err), nil
		}
		s := track.NewScope(nil, options, t.h)
		err = track.Protect(func() error { return body(pool) })
		left := s.Check()
		s.End()
		t.h.ForceClose()
		closePool(tb, pool, t.h)
		return err, left
	})
}
