// Package fiber: handlers of fiber.
package fiber

import (
	"context"
	"os"

	"github.com/gofiber/fiber/v2"
	"github.com/jackc/pgx/v5/pgxpool"
)

func start() error {
	app := fiber.New()
	app.Get("/", func(c *fiber.Ctx) error {
		pool, err := pgxpool.New(context.Background(), os.Getenv("DSN")) // want `pgxpool.New opens a pool for every request`
		if err != nil {
			return err
		}
		defer pool.Close()
		return pool.Ping(c.Context())
	})
	return app.Listen(":80")
}
