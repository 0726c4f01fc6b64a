// Package harness executes the specimens: what the analyzers are expected to report
// of a function is held against what the function does.
//
// Each exported function of a specimen package is run against a driver of database/sql
// that counts what is open (server.go), or with pgx against a PostgreSQL (postgres.go,
// session.go), with every combination of a few arguments and results, failing no
// operation, then the first, then the second and so on. A function with a "want" comment
// has to go wrong in some run, one without in none. Where an expectation cannot be
// executed the specimen says so in a comment "noexec: why".
package harness

//go:generate go run ./generate
