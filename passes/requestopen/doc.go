// Package requestopen finds pools and connections that are opened for every request.
//
// A *sql.DB is a pool: it is meant to be opened once and shared. Opened where a
// request is served, it pools nothing. Every request pays for a new session (TCP,
// TLS, authentication, a process on a PostgreSQL server), SetMaxOpenConns limits each
// of the pools and not their sum, and what is not closed stays open: at a few hundred
// requests at once the server refuses everybody, also the clients that did nothing
// wrong. Lambda functions that open in the handler instead of in a package variable
// are the usual case.
//
// A request is what an http.Handler, a handler of gin, echo, fiber, chi or gorilla, a
// gRPC or connect service, a function given to lambda.Start, a consumer of messages, a
// job, or the body of a loop that never ends serves. The opening is followed through
// your own functions, in this package and in others.
//
// # Wrong
//
//	func handle(w http.ResponseWriter, r *http.Request) {
//		db, err := sql.Open("pgx", os.Getenv("DATABASE_URL"))
//		if err != nil {
//			http.Error(w, err.Error(), http.StatusInternalServerError)
//			return
//		}
//		defer db.Close()
//		serve(w, r, db)
//	}
//
// # Right
//
//	type server struct{ db *sql.DB }
//
//	func newServer() (*server, error) {
//		db, err := sql.Open("pgx", os.Getenv("DATABASE_URL"))
//		if err != nil {
//			return nil, err
//		}
//		db.SetMaxOpenConns(25)
//		db.SetMaxIdleConns(25)
//		db.SetConnMaxLifetime(30 * time.Minute)
//		return &server{db}, nil
//	}
//
//	func (s *server) handle(w http.ResponseWriter, r *http.Request) {
//		serve(w, r, s.db)
//	}
//
// # Limits
//
// Left alone is what is opened once and remembered: in a sync.Once or sync.OnceValue,
// behind a nil test of a package variable or field, behind a look-up in a map or
// cache, in main, init and constructors, in tests. So is a target that the request
// itself names and that is closed (a tool that tests connections, an exporter with a
// target parameter), what a scrape opens and closes, the form of an installer, a field
// of something that may be as young as the request, a pool that an endless loop opens for
// one turn and closes in it, and a dedicated connection that such a loop opens: that is
// how one reconnects.
//
// # Silencing
//
// Open the pool in main or in a constructor and hand it to what serves. If a
// connection a request is meant:
//
//	//connlint:ignore requestopen the console opens a session of the user's own
package requestopen
