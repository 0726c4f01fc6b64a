//go:build !unix

package testdb

import "errors"

const keeperVariable = "CONNLINT_TESTDB_KEEPER"

var errUnsupported = errors.New("throwaway servers are started on Unix only")

func join(*server) (string, error) { return "", errUnsupported }

func bounce(string) (string, func() error, error) { return "", nil, errUnsupported }

func keep(*server) {}
