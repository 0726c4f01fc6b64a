package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// The states in which arms are measured.
const (
	first     = "first run"
	cold      = "cold"
	empty     = "empty GOCACHE"
	unchanged = "unchanged"
	edited    = "edited"
)

var states = []string{first, cold, empty, unchanged, edited}

// A sample is what one run cost.
type sample struct {
	cpu, wall time.Duration
	peak      int64 // bytes, of the largest process
}

type bench struct {
	config
	tmp     string
	dir     string // of the module
	arms    []*arm
	edit    *edit
	renewed int
	samples map[string]map[string][]sample // by state and arm, one for each turn
}

// caches are the directories that make a run cold or warm.
type caches struct{ build, connlint string }

func (b *bench) measure(ctx context.Context) error {
	b.samples = map[string]map[string][]sample{}
	for _, s := range states {
		b.samples[s] = map[string][]sample{}
	}
	for turn := range b.empty {
		fmt.Fprintf(os.Stderr, "empty GOCACHE, turn %d of %d\n", turn+1, b.empty)
		if err := b.turn(ctx, empty, turn, b.fresh, b.renew); err != nil {
			return err
		}
	}
	warm := caches{b.gocache, filepath.Join(b.tmp, "cache")}
	if warm.build == "" {
		warm.build = filepath.Join(b.tmp, "gocache")
	}
	same := func(*arm) (caches, error) { return warm, nil }
	fmt.Fprintln(os.Stderr, "compiling")
	if err := b.turn(ctx, "", 0, same, b.renew); err != nil {
		return err
	}
	for turn := range b.pairs {
		fmt.Fprintf(os.Stderr, "turn %d of %d\n", turn+1, b.pairs)
		if err := b.turn(ctx, first, turn, b.unseen(warm.build), b.renew); err != nil {
			return err
		}
		if err := b.turn(ctx, cold, turn, same, b.renew); err != nil {
			return err
		}
		// The first run after an edit or with a new program may have been too
		// close to it in time for its result to be trusted.
		if err := b.turn(ctx, "", turn, same, nil); err != nil {
			return err
		}
		if err := b.turn(ctx, unchanged, turn, same, nil); err != nil {
			return err
		}
		if !b.edits {
			continue
		}
		change := func(*arm) error { return b.edit.apply() }
		if err := b.turn(ctx, edited, turn, same, change); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) renew(a *arm) error {
	b.renewed++
	return a.renew(filepath.Join(b.tmp, "arms"), b.renewed)
}

// fresh returns caches that are empty.
func (b *bench) fresh(*arm) (caches, error) {
	dir, err := os.MkdirTemp(b.tmp, "empty")
	return caches{filepath.Join(dir, "gocache"), filepath.Join(dir, "cache")}, err
}

// unseen returns caches in which only what is compiled is cached.
func (b *bench) unseen(build string) func(*arm) (caches, error) {
	return func(*arm) (caches, error) {
		dir, err := os.MkdirTemp(b.tmp, "first")
		return caches{build, dir}, err
	}
}

// turn runs each arm once, beginning with another one in each turn, and keeps what
// it cost unless state is empty.
func (b *bench) turn(ctx context.Context, state string, n int, where func(*arm) (caches, error), before func(*arm) error) error {
	for i := range b.arms {
		a := b.arms[(i+n)%len(b.arms)]
		if state == first && a.vet {
			continue // it has no cache of its own: this is its cold run
		}
		c, err := where(a)
		if err != nil {
			return err
		}
		if before != nil {
			if err := before(a); err != nil {
				return err
			}
		}
		s, err := b.run(ctx, a, c)
		if err != nil {
			return err
		}
		if state != "" {
			b.samples[state][a.name] = append(b.samples[state][a.name], s)
		}
		if state == empty {
			removeAll(filepath.Dir(c.build))
		}
	}
	return nil
}

func (b *bench) run(ctx context.Context, a *arm, c caches) (sample, error) {
	args := a.command(strings.Fields(b.pattern))
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Dir = b.dir
	cmd.Env = append(os.Environ(), "GOCACHE="+c.build, "CONNLINT_CACHE="+c.connlint, "PWD="+b.dir)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	began := time.Now()
	err := cmd.Run()
	if ctx.Err() != nil {
		return sample{}, ctx.Err()
	}
	if cmd.ProcessState == nil {
		return sample{}, err
	}
	s := sample{
		cpu:  cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(),
		wall: time.Since(began),
		peak: peak(cmd.ProcessState),
	}
	if !a.vet && cmd.ProcessState.ExitCode() > 1 {
		// go vet stops where a package cannot be loaded, connlint goes on: they would not
		// do the same work.
		text := out.Bytes()
		return sample{}, fmt.Errorf("%s: %v: choose packages that can be analyzed with -pattern\n%s", a.name, err, text[max(0, len(text)-1000):])
	}
	return s, nil
}
