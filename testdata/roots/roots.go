// Package roots: what serves, and what only looks like it. The expectations are
// those of the test of internal/roots.
package roots

import (
	"context"
	"database/sql"
	"errors"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/labstack/echo/v4"
	"github.com/robfig/cron/v3"
)

var db *sql.DB

func handler(w http.ResponseWriter, r *http.Request) {} // want `request`

func client(r *http.Request) error { return nil } // ok: a request alone may be one that is sent

func ginHandler(c *gin.Context) {} // want `request`

func echoHandler(c echo.Context) error { return nil } // want `request`

type appContext struct {
	*gin.Context
	user string
}

func appHandler(c *appContext) {} // want `request`

func register(c *cron.Cron) {
	c.AddFunc("@daily", func() { // want `job`
		db.Ping()
	})
}

func ticker() {
	for range time.Tick(time.Second) { // want `loop`
		db.Ping()
	}
}

func worker(ctx context.Context, jobs <-chan int) {
	for {
		select { // want `loop`
		case <-ctx.Done():
			return
		case <-jobs:
			db.Ping()
		}
	}
}

func retry() error {
	for {
		if err := db.Ping(); err == nil { // ok: ends with success
			return nil
		}
		time.Sleep(time.Second)
	}
}

func limited(n int) error {
	for i := 0; i < n; i++ { // ok: ends
		db.Ping()
		time.Sleep(time.Second)
	}
	return errors.New("gave up")
}
