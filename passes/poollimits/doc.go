// Package poollimits finds pools without limits, and limits that cannot be meant.
//
// A *sql.DB opens as many connections as there are queries at once, keeps two of them
// idle, and keeps each for ever, unless it is told otherwise. Under load that is one
// connection a request, until the server has none left for anybody; after a failover,
// or behind a firewall that forgets idle connections, it is a pool of dead ones. Both
// show first in production, and both are two lines of code.
//
// Reported, each by a category:
//
//   - missing: a pool of a networked database is used without SetMaxOpenConns, or
//     without SetConnMaxLifetime or SetConnMaxIdleTime. For pgxpool, whose pools have
//     a lifetime, only MaxConns is asked for, and only where the connection string is
//     in the code.
//   - churn: a large SetMaxOpenConns with the two idle connections of the default.
//   - unlimited (error): SetMaxOpenConns with zero or less, which means no maximum.
//   - unit (error): a duration such as SetConnMaxLifetime(300), which is 300 ns.
//   - idle (error): more idle connections than open ones.
//   - health (error): a lifetime shorter than the health check that enforces it.
//
// # Wrong
//
//	func open(dsn string) *store {
//		db, err := sql.Open("pgx", dsn)
//		if err != nil {
//			panic(err)
//		}
//		return &store{db: db}
//	}
//
// # Right
//
//	func open(dsn string) *store {
//		db, err := sql.Open("pgx", dsn)
//		if err != nil {
//			panic(err)
//		}
//		db.SetMaxOpenConns(25)
//		db.SetMaxIdleConns(25)
//		db.SetConnMaxLifetime(30 * time.Minute)
//		return &store{db: db}
//	}
//
// # Limits
//
// The limits may be set anywhere the pool goes: in the function that opens it, its
// callers, a helper in this package or another, through the field or the package
// variable it is kept in, through sqlx or gorm's DB method, in a pgxpool.Config, or by
// pool_max_conns in the connection string. An exported function that opens what it is
// told to and returns it leaves the limits to its callers, and they are looked at
// instead. Left alone are databases inside the process (SQLite, DuckDB), mocks, tests,
// drivers whose name is only known at run time in packages that import none, pools
// that the opening function closes again, functions and packages called after migrations,
// commands that serve nothing, and the drivers of a program that opens other people's
// databases: methods behind an interface of another package, and literals, that open what
// they are told to.
//
// # Silencing
//
// Set the limits, from configuration if they differ by environment; the fix inserts
// them with the values of -poollimits.max-open and -poollimits.max-lifetime. Where the
// server's own pooler is the limit:
//
//	//connlint:ignore poollimits pgbouncer in front of the server limits the sum
package poollimits
