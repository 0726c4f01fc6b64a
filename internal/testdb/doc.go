// Package testdb gives tests a real PostgreSQL, a real MariaDB or MySQL, and a
// real PgBouncer, started from the binaries that are installed on the machine.
//
// One server of a kind serves all packages of one "go test ./..." run: the first
// test that needs it starts a keeper (this test binary again, see keeper.go),
// and the keeper stops the server when the last process that uses it has gone,
// however it went. Nothing is left behind: the data lies in a temporary
// directory, the server listens on a free port of the loopback interface, and it
// runs as an ordinary user also when the tests run as root.
//
// CONNLINT_POSTGRES_DSN (a URL) and CONNLINT_MYSQL_DSN (in the form of
// go-sql-driver) name servers to use instead. The role must be a superuser.
package testdb
