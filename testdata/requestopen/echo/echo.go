// Package echo: handlers of echo.
package echo

import (
	"os"

	"github.com/jmoiron/sqlx"
	"github.com/labstack/echo/v4"
)

type api struct{ db *sqlx.DB }

func (a *api) list(c echo.Context) error {
	db, err := sqlx.Connect("postgres", os.Getenv("DSN")) // want `sqlx.Connect opens a pool for every request`
	if err != nil {
		return err
	}
	defer db.Close()
	return c.JSON(200, db.Stats())
}

func (a *api) get(c echo.Context) error {
	return c.JSON(200, a.db.Stats()) // ok: the pool is shared
}

func start(e *echo.Echo) error {
	db, err := sqlx.Connect("postgres", os.Getenv("DSN")) // ok: at start
	if err != nil {
		return err
	}
	a := &api{db: db}
	e.GET("/", a.list)
	e.GET("/1", a.get)
	return e.Start(":80")
}
