// Package kept: statements that live as long as what keeps them.
package kept

import (
	"context"
	"database/sql"
	"sync"
)

// A Store prepares once.
type Store struct {
	db     *sql.DB
	insert *sql.Stmt
	update *sql.Stmt
}

// Close closes the statements.
func (s *Store) Close() error {
	s.insert.Close()
	return s.update.Close()
}

// New prepares what the store needs.
func New(ctx context.Context, db *sql.DB) (*Store, error) {
	insert, err := db.PrepareContext(ctx, "INSERT INTO t VALUES (1)") // want "statement from .* not closed"
	if err != nil {
		return nil, err
	}
	update, err := db.PrepareContext(ctx, "UPDATE t SET a = 1") // ok: the store's
	if err != nil {
		return nil, err
	}
	return &Store{db, insert, update}, nil
}

// NewClosed closes the first where the second fails.
func NewClosed(ctx context.Context, db *sql.DB) (*Store, error) {
	insert, err := db.PrepareContext(ctx, "INSERT INTO t VALUES (1)") // ok: closed, or the store's
	if err != nil {
		return nil, err
	}
	update, err := db.PrepareContext(ctx, "UPDATE t SET a = 1") // ok: the store's
	if err != nil {
		insert.Close()
		return nil, err
	}
	return &Store{db, insert, update}, nil
}

var (
	mu    sync.Mutex
	cache = map[string]*sql.Stmt{}
)

// noexec: what the cache keeps is closed by nobody here
func Cached(ctx context.Context, db *sql.DB, query string) (*sql.Stmt, error) {
	mu.Lock()
	defer mu.Unlock()
	if stmt, ok := cache[query]; ok {
		return stmt, nil
	}
	stmt, err := db.PrepareContext(ctx, "SELECT id FROM t") // ok: the cache's
	if err != nil {
		return nil, err
	}
	cache[query] = stmt
	return stmt, nil
}

var insert *sql.Stmt

// noexec: what the package keeps is closed by nobody here
func Init(db *sql.DB) (err error) {
	insert, err = db.Prepare("INSERT INTO t VALUES (1)") // ok: the package's
	return err
}

// A Switched keeps its statements if it is told to.
type Switched struct {
	db    *sql.DB
	keep  bool
	stmts map[string]*sql.Stmt
}

func (s *Switched) prepare(ctx context.Context, query string) (*sql.Stmt, error) {
	if !s.keep {
		return s.db.PrepareContext(ctx, query) // ok: the caller cannot know whose it is
	}
	if stmt, ok := s.stmts[query]; ok {
		return stmt, nil
	}
	stmt, err := s.db.PrepareContext(ctx, query) // ok: kept
	if err != nil {
		return nil, err
	}
	s.stmts[query] = stmt
	return stmt, nil
}

// Exec runs the query, prepared where statements are kept.
func (s *Switched) Exec(ctx context.Context, query string) (sql.Result, error) {
	if !s.keep {
		return s.db.ExecContext(ctx, query)
	}
	stmt, err := s.prepare(ctx, query) // ok: a kept one, which must not be closed
	if err != nil {
		return nil, err
	}
	return stmt.ExecContext(ctx)
}
