// Package match: a lost connection recognised by the text of its error.
package match

import (
	"database/sql/driver"
	"errors"
	"net"
	"strings"

	"github.com/go-sql-driver/mysql"
)

func Text(err error) bool {
	return strings.Contains(err.Error(), "connection refused") // want `a lost connection is recognised by "connection refused"`
}

func LowerText(err error) bool {
	return err != nil && strings.Contains(strings.ToLower(err.Error()), "broken pipe") // want `recognised by "broken pipe"`
}

func Compared(err error) bool {
	return err == driver.ErrBadConn // want `recognised by "driver\.ErrBadConn"`
}

func ComparedMySQL(err error) bool {
	return err == mysql.ErrInvalidConn // want `recognised by "mysql\.ErrInvalidConn"`
}

func Right(err error) bool {
	var lost net.Error
	return errors.Is(err, driver.ErrBadConn) || errors.As(err, &lost) // ok: wrapped or not
}

func OtherText(err error) bool {
	return strings.Contains(err.Error(), "duplicate key") // ok: not about a connection
}

func OtherString(s string) bool {
	return strings.Contains(s, "connection refused") // ok: not an error
}
