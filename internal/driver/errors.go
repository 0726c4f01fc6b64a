package driver

import (
	"errors"
	"flag"
	"fmt"
)

// The exit statuses.
const (
	exitClean    = 0 // nothing to report
	exitFindings = 1 // something was found, or with -diff something would be changed
	exitFailed   = 2 // wrong usage, or (part of) the code could not be analyzed
)

// errFindings ends a run that did its work and found something. It has no message.
var errFindings = errors.New("findings")

// A statusError ends a run with the status that another command gave.
type statusError int

func (s statusError) Error() string { return fmt.Sprintf("exit status %d", int(s)) }

// exited turns the status of another command into an error, or nil if it is 0.
func exited(status int) error {
	if status == exitClean {
		return nil
	}
	return statusError(status)
}

// A usageError is a mistake in the command line.
type usageError struct{ err error }

func (e usageError) Error() string { return e.err.Error() + "\nconnlint help shows the usage" }

func usagef(format string, args ...any) error {
	return usageError{fmt.Errorf(format, args...)}
}

func exitStatus(err error) int {
	var status statusError
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
		return exitClean
	case errors.As(err, &status):
		return int(status)
	case errors.Is(err, errFindings):
		return exitFindings
	}
	return exitFailed
}

// message returns what is still to be said about err.
func message(err error) string {
	var status statusError
	if err == nil || errors.Is(err, flag.ErrHelp) || errors.Is(err, errFindings) || errors.As(err, &status) {
		return ""
	}
	return err.Error()
}
