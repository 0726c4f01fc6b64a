// Package crosspkg: the pool is opened by a function of another package.
package crosspkg

import (
	"net/http"
	"os"

	"testdata.connlint.dev/specimens/requestopen/crosspkg/store"
)

func opens(w http.ResponseWriter, r *http.Request) {
	s, err := store.Open() // want `store.Open \(sql.Open at store.go:15\) opens a pool for every request`
	if err != nil {
		return
	}
	defer s.Close()
}

func deep(w http.ResponseWriter, r *http.Request) {
	store.Count() // want `store.Count \(sql.Open at store.go:15\) opens a pool for every request`
}

func at(w http.ResponseWriter, r *http.Request) {
	s, _ := store.OpenAt(os.Getenv("DSN")) // want `store.OpenAt \(sql.Open at store.go:24\) opens a pool for every request`
	defer s.Close()
}

func told(w http.ResponseWriter, r *http.Request) {
	s, _ := store.OpenAt(r.FormValue("dsn")) // ok: the request says where to connect
	defer s.Close()
}

func shared(w http.ResponseWriter, r *http.Request) {
	store.Shared() // ok: sync.OnceValues
	store.Lazy()   // ok: opened the first time
}
