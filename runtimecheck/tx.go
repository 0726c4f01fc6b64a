package runtimecheck

import (
	"database/sql/driver"

	"github.com/connlint/connlint/runtimecheck/internal/track"
)

// A tx wraps a driver.Tx.
type tx struct {
	raw  driver.Tx
	c    *conn
	item track.Item
}

func (x *tx) Commit() error {
	if err := x.c.fail(track.FailCommit, "COMMIT"); err != nil {
		x.item.End()
		if x.c.enter() {
			x.raw.Rollback() // nothing may stay open behind the failure
			x.c.leave()
		}
		return err
	}
	x.item.End()
	if !x.c.enter() {
		return driver.ErrBadConn
	}
	defer x.c.leave()
	err := x.raw.Commit()
	if err == nil {
		x.c.t.Plan().Done(track.FailCommit, "COMMIT")
	}
	return err
}

// Rollback is also what database/sql calls when the context of a Tx is done. It then discards the connection
// unless the driver has both SessionResetter and Validator, which this wrapper always has: so the
// wrapper has the connection discarded itself where the driver lacks one of them.
func (x *tx) Rollback() error {
	if x.item.ContextDone() && track.ByAwaitDone() {
		x.item.EndHealed()
		if x.c.reset == nil || x.c.valid == nil {
			x.c.discard = true
		}
	} else {
		x.item.End()
	}
	if x.c.dead.Load() || !x.c.enter() {
		return driver.ErrBadConn
	}
	defer x.c.leave()
	return x.raw.Rollback()
}
