// Package remembered: every way to open once although a handler asks for it.
package remembered

import (
	"database/sql"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
)

func open() (*sql.DB, error) { return sql.Open("pgx", os.Getenv("DSN")) }

var (
	once sync.Once
	db   *sql.DB
)

func byOnce(w http.ResponseWriter, r *http.Request) {
	once.Do(func() {
		db, _ = open() // ok: once
	})
	use(db, r)
}

var value = sync.OnceValue(func() *sql.DB {
	db, _ := open() // ok: once
	return db
})

func byOnceValue(w http.ResponseWriter, r *http.Request) { use(value(), r) }

func byGuard(w http.ResponseWriter, r *http.Request) {
	if db == nil {
		db, _ = open() // ok: the first time
	}
	use(db, r)
}

func byCheck(w http.ResponseWriter, r *http.Request) {
	if db == nil || db.PingContext(r.Context()) != nil {
		db, _ = open() // ok: the first time, and when it is gone
	}
	use(db, r)
}

func byEarlyReturn() *sql.DB {
	if db != nil {
		return db
	}
	db, _ = open() // ok: the first time
	return db
}

func callsEarlyReturn(w http.ResponseWriter, r *http.Request) { use(byEarlyReturn(), r) }

var ready bool

func byFlag(w http.ResponseWriter, r *http.Request) {
	if !ready {
		db, _ = open() // ok: the first time
		ready = true
	}
	use(db, r)
}

type server struct {
	mu      sync.Mutex
	db      *sql.DB
	tenants map[string]*sql.DB
	cache   sync.Map
	ptr     atomic.Pointer[sql.DB]
}

func (s *server) byField(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.db == nil {
		s.db, _ = open() // ok: the first time
	}
	use(s.db, r)
}

func (s *server) byMap(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	db, ok := s.tenants[r.Host]
	if !ok {
		db, _ = open() // ok: once a tenant
		s.tenants[r.Host] = db
	}
	use(db, r)
}

func (s *server) bySyncMap(w http.ResponseWriter, r *http.Request) {
	v, ok := s.cache.Load(r.Host)
	if !ok {
		db, _ := open() // ok: once a tenant
		v, _ = s.cache.LoadOrStore(r.Host, db)
	}
	use(v.(*sql.DB), r)
}

func (s *server) byPointer(w http.ResponseWriter, r *http.Request) {
	if s.ptr.Load() == nil {
		db, _ := open() // ok: the first time
		s.ptr.Store(db)
	}
	use(s.ptr.Load(), r)
}

func newServer() *server {
	db, _ := open() // ok: a constructor
	return &server{db: db}
}

func init() {
	db, _ = open() // ok: at start
}

func use(db *sql.DB, r *http.Request) { db.PingContext(r.Context()) }
