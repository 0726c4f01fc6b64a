// Package poolwait finds requests that can wait for a connection without end.
//
// When all connections of a pool are busy, the next caller waits, and database/sql
// waits for as long as the context lets it: with db.Query, or context.Background(),
// for ever. A slow server then does not slow requests down, it collects them: each
// holds its memory, its goroutine and its client's patience, retries come on top, and
// when the server is back the queue keeps it down. A request that has one second must
// not wait thirty for its connection.
//
// # Wrong
//
//	func (s *server) count(w http.ResponseWriter, r *http.Request) {
//		var n int
//		if err := s.db.QueryRow("SELECT count(*) FROM item").Scan(&n); err != nil {
//			http.Error(w, err.Error(), http.StatusInternalServerError)
//			return
//		}
//		fmt.Fprintln(w, n)
//	}
//
// # Right
//
//	func (s *server) count(w http.ResponseWriter, r *http.Request) {
//		ctx, cancel := context.WithTimeout(r.Context(), time.Second)
//		defer cancel()
//		var n int
//		if err := s.db.QueryRowContext(ctx, "SELECT count(*) FROM item").Scan(&n); err != nil {
//			http.Error(w, err.Error(), http.StatusInternalServerError)
//			return
//		}
//		fmt.Fprintln(w, n)
//	}
//
// # Limits
//
// Only what a request, a message, a job or a loop that never ends reaches is looked
// at; start-up, migrations, commands, tests, and goroutines that the request does not wait
// for may wait. In a package that gives the database hardly ever a context, the calls
// without one are one report, with the number of them: it is one decision. A call of
// another module that takes no context is nobody's fault here. A context counts as endless
// if it is context.Background(), context.TODO(), or derived from one without a
// deadline; the report stands where it is made, also if a callee in another package
// waits with it. A context that a client ends by going away is enough unless
// -poolwait.strict is set. Statements of a transaction or of a connection wait for
// nothing, and a value behind an interface that may be one is left alone; nor does anybody
// wait for a pool that the function has opened for itself, or for one without a limit on
// a database inside the process. What takes or releases an advisory lock waits on purpose.
//
// # Silencing
//
// Use the method with a context, and give it a deadline; the fix does the first where
// a context is in scope. For a worker that has all the time in the world:
//
//	//connlint:ignore poolwait the nightly report may wait
package poolwait
