// Package driver is the connlint command as a function. Only main exits.
package driver

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/connlint/connlint/internal/load"
	"github.com/connlint/connlint/internal/overlay"
	"github.com/connlint/connlint/internal/vetunit"
	"github.com/connlint/connlint/passes"
)

// A command is one run of connlint.
type command struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	getenv         func(string) string
}

// subcommands are the words that may stand first. Anything else is a flag or a
// package.
var subcommands = []string{"budget", "completion", "explain", "help", "rules", "test", "version"}

func (c *command) subcommand(ctx context.Context, name string, args []string) error {
	switch name {
	case "budget":
		return c.budget(ctx, args)
	case "completion":
		return c.completion(args)
	case "explain":
		return c.explain(args)
	case "help":
		return c.help(args)
	case "rules":
		return c.rules(args)
	case "test":
		return exited(overlay.Run(ctx, args, c.stdin, c.stdout, c.stderr))
	}
	return c.version(args)
}

// Run runs connlint with args, those after the program's name, and returns its
// exit status.
func Run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	load.TuneGC(os.Getenv)
	c := &command{stdin: stdin, stdout: stdout, stderr: stderr, getenv: os.Getenv}
	err := c.run(ctx, args)
	if message := message(err); message != "" {
		fmt.Fprintln(stderr, "connlint: "+message)
	}
	return exitStatus(err)
}

func (c *command) run(ctx context.Context, args []string) error {
	if vetunit.Is(args) {
		tool := &vetunit.Tool{Analyzers: passes.All}
		return exited(tool.Run(args, c.stdout, c.stderr))
	}
	if len(args) > 0 && slices.Contains(subcommands, args[0]) {
		return c.subcommand(ctx, args[0], args[1:])
	}
	return c.analyze(ctx, args)
}
