// Command serve keeps a PostgreSQL for tests of another module, which cannot import
// testdb: it prints the server's URL, as superuser, and ends when standard input does.
//
//	go run ./internal/testdb/serve
package main

import (
	"fmt"
	"io"
	"os"

	"github.com/connlint/connlint/internal/testdb"
)

func main() {
	dsn, err := testdb.SharedPostgres()
	if err != nil {
		fmt.Fprintln(os.Stderr, "serve:", err)
		os.Exit(1)
	}
	fmt.Println(dsn)
	_, _ = io.Copy(io.Discard, os.Stdin) // the server stays for as long as this process
}
