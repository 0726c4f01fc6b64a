package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/connlint/connlint/internal/driver"
	_ "github.com/connlint/connlint/internal/vetunit/early"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	os.Exit(driver.Run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
