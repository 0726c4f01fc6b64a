// Package gin: handlers of gin.
package gin

import (
	"database/sql"

	"github.com/gin-gonic/gin"
)

func routes(r *gin.Engine, dsn string) {
	r.GET("/", func(c *gin.Context) {
		db, err := sql.Open("mysql", dsn) // want `sql.Open opens a pool for every request`
		if err != nil {
			c.AbortWithStatus(500)
			return
		}
		defer db.Close()
		c.JSON(200, db.Stats())
	})
	r.POST("/", add)
}

func add(c *gin.Context) {
	db := must(sql.Open("mysql", "app@/shop")) // want `sql.Open opens a pool for every request`
	defer db.Close()
}

func must(db *sql.DB, err error) *sql.DB {
	if err != nil {
		panic(err)
	}
	return db
}

func probe(c *gin.Context) {
	db, err := sql.Open("mysql", c.Query("target")) // ok: the request says where to connect
	if err != nil {
		c.AbortWithStatus(400)
		return
	}
	defer db.Close()
}
