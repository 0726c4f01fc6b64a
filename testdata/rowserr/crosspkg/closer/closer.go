// Package closer closes anything, and knows of no database.
package closer

import (
	"context"
	"io"
	"log/slog"
)

// CloseAndLog says what Close says.
//
// noexec: it borrows
func CloseAndLog(ctx context.Context, c io.Closer, what string) {
	if err := c.Close(); err != nil {
		slog.ErrorContext(ctx, what, "error", err)
	}
}

// Show may look at anything in v.
func Show(v any) { slog.Info("shown", "value", v) }

// Rows can be read, and not asked for their error.
type Rows interface {
	Next() bool
	Scan(dest ...any) error
	Close() error
}

// Count reads to the end.
//
// noexec: it borrows
func Count(rows Rows) (n int) {
	for rows.Next() {
		n++
	}
	return n
}
