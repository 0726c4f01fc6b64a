// Package track knows what code holds of a database at this moment and who took it. It is what
// runtimecheck (database/sql, through a driver wrapper) and runtimecheck/pgxcheck (pgx, through
// tracers) have in common, and imports the standard library only.
//
// # How the parts fit
//
// A [Handle] stands for one *sql.DB or one pool. Whoever observes the driver tells it what happens:
//
//	h := track.NewHandle("pgxpool", cfg)
//	c := h.Connect(closeRaw)              // a driver connection was opened: a session on the server
//	c.Take(ctx)                           // a goroutine checked it out; captures the stack
//	it := h.Open(track.Rows, "pgx.Rows", c, ctx, query) // something was opened on it; captures the stack
//	it.End()                              // … and closed
//	c.Release()                           // back in the pool
//	c.Closed()                            // the session is gone, and all that was open on it
//
// An [Item] may be embedded in the caller's own object and opened in place ([Handle.OpenItem]), so
// that tracking costs no allocation of its own. Stacks are kept as program counters and
// symbolised when a report is made, never before.
//
// [Guard] ties a Handle to a test: when the test and its subtests have ended it waits for things to
// come back ([Config.Settle]), makes a [Report], asks the [Probe] (the server's view) to
// complete it, fails the test, and closes by force what leaked, so that a lock held by this
// test does not hang the next. [Scope] is the same for handles that no test owns.
//
// [Sweep] runs a body again and again, failing one operation each time. An observer that can
// make operations fail asks the current [Plan] before each one.
//
// # Locking
//
// An Item is written by the goroutine that owns the driver connection until it is linked into its
// Handle, and from then on only under the Handle's lock. Reports read linked items only, under
// that lock.
package track
