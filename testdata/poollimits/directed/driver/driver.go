// Package driver declares what can be opened.
package driver

import "context"

// A Driver is a connection to a database of a customer.
type Driver interface {
	Open(ctx context.Context, dsn string) (Driver, error)
	Close() error
}
