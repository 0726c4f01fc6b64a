package driver

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/mattn/go-isatty"
)

// isTerminal reports whether w is a terminal.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && (isatty.IsTerminal(f.Fd()) || isatty.IsCygwinTerminal(f.Fd()))
}

// color reports whether to write colour to w: as -color says, else as the
// variables of https://no-color.org and https://bixense.com/clicolors say, else on
// terminals.
func (c *command) color(when string, w io.Writer) bool {
	switch {
	case when == "always":
		return true
	case when == "never", c.getenv("NO_COLOR") != "":
		return false
	}
	if force := c.getenv("CLICOLOR_FORCE"); force != "" && force != "0" {
		return true
	}
	return c.getenv("CLICOLOR") != "0" && c.getenv("TERM") != "dumb" && isTerminal(w)
}

// A progress shows on a terminal how far a long run is, on one line that is
// written over and finally removed.
type progress struct {
	w     io.Writer // nil if there is no terminal
	start time.Time
	last  time.Time
	shown bool
}

// The line appears only on runs longer than progressDelay, and changes no more
// often than every progressStep.
const (
	progressDelay = 700 * time.Millisecond
	progressStep  = 100 * time.Millisecond
)

func (c *command) newProgress() *progress {
	p := &progress{start: time.Now()}
	if isTerminal(c.stderr) && c.getenv("TERM") != "dumb" {
		p.w = c.stderr
	}
	return p
}

func (p *progress) show(done, total int) {
	now := time.Now()
	if p.w == nil || now.Sub(p.start) < progressDelay || now.Sub(p.last) < progressStep {
		return
	}
	p.last, p.shown = now, true
	fmt.Fprintf(p.w, "\r\x1b[Kconnlint: %d of %d packages", done, total)
}

func (p *progress) done() {
	if p.shown {
		fmt.Fprint(p.w, "\r\x1b[K")
		p.shown = false
	}
}
