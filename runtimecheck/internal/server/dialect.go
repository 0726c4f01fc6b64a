package server

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/connlint/connlint/runtimecheck/internal/track"
)

// A dialect knows how to ask one kind of server. Each method is one statement or two.
type dialect interface {
	// identify is asked in the session itself.
	identify(ctx context.Context, q Query) (identity, error)
	// sessions returns those of ids that exist.
	sessions(ctx context.Context, q Query, ids []int64) (map[int64]*session, error)
	// named returns the sessions with an application name, nil if there is no such thing.
	named(ctx context.Context, q Query, application string) ([]*session, error)
	// prepared returns the prepared transactions of a server, by name.
	prepared(ctx context.Context, q Query) (map[string]prepared, error)
	// blockers says which of ids waits for which session.
	blockers(ctx context.Context, q Query, ids []int64) ([]block, error)
	terminate(ctx context.Context, q Query, id int64) error
	// state is asked in the session itself: what outlives the transactions in it, in words.
	state(ctx context.Context, q Query) ([]string, error)
}

// An identity is what a session says about itself.
type identity struct {
	id          int64
	started     string // tells it from an earlier session of the same number
	database    string
	application string
}

// A session is what others can see of it.
type session struct {
	identity
	track.Session
	inTx     bool
	active   bool // runs a statement
	advisory []string
}

type prepared struct {
	database string
	age      time.Duration
}

// A block is a session that waits for another one.
type block struct{ waits, holds int64 }

// dialectOf asks the server what it is.
func dialectOf(ctx context.Context, q Query) (dialect, error) {
	rows, err := q(ctx, "SELECT version()")
	if err != nil {
		return nil, err
	}
	if len(rows) != 1 || len(rows[0]) != 1 {
		return nil, fmt.Errorf("SELECT version() returned %d rows", len(rows))
	}
	version := rows[0][0]
	switch {
	case strings.HasPrefix(version, "PostgreSQL "):
		return postgres{}, nil
	case strings.Contains(version, "MariaDB"):
		return mysql{maria: true}, nil
	case version != "" && version[0] >= '5' && version[0] <= '9' && strings.Count(version, ".") >= 2 && !strings.Contains(version, " "):
		return mysql{}, nil
	}
	return nil, fmt.Errorf("the server check knows PostgreSQL, MariaDB and MySQL, not %q", version)
}

func seconds(s string) time.Duration {
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || f < 0 {
		return 0
	}
	return time.Duration(f * float64(time.Second))
}
