package budget

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// barWidth is the width of a full bar in characters.
const barWidth = 40

// WriteText writes the budget as tables and bars for a person; server may be nil.
func (b *Budget) WriteText(w io.Writer, server *Server) error {
	t := &text{w: w}
	t.workloads(b)
	t.verdict(b, server)
	if server != nil {
		t.connected(server)
	}
	for _, n := range b.Notes {
		t.printf("note: %s\n", n)
	}
	return t.err
}

// A text is a writer that remembers its first error.
type text struct {
	w   io.Writer
	err error
}

func (t *text) printf(format string, args ...any) {
	if t.err == nil {
		_, t.err = fmt.Fprintf(t.w, format, args...)
	}
}

func (t *text) workloads(b *Budget) {
	lines := [][]string{{"WORKLOAD", "POOL", "EACH", "REPLICAS", "SUM", ""}}
	for _, r := range b.Rows {
		pool := strings.TrimSpace(r.Pool + " " + r.Pos)
		if pool == "" {
			pool = "(configured)"
		}
		each, sum := r.Each.String(), r.Sum.String()
		if r.Open {
			each, sum = "≥ "+each, "≥ "+sum
		}
		lines = append(lines, []string{r.Workload, pool, each, strconv.Itoa(r.Replicas), sum, bar(r.Sum, scale(b))})
	}
	lines = append(lines, []string{"total", "", "", "", b.total(), ""})
	t.grid(lines, "llrrrl")
}

// grid writes lines in columns that are aligned left or right as align says.
func (t *text) grid(lines [][]string, align string) {
	width := make([]int, len(align))
	for _, cells := range lines {
		for i, cell := range cells {
			width[i] = max(width[i], utf8.RuneCountInString(cell))
		}
	}
	for _, cells := range lines {
		var line strings.Builder
		for i, cell := range cells {
			space := strings.Repeat(" ", width[i]-utf8.RuneCountInString(cell))
			if align[i] == 'r' {
				cell = space + cell
			} else {
				cell += space
			}
			line.WriteString(cell + "  ")
		}
		t.printf("%s\n", strings.TrimRight(line.String(), " "))
	}
}

func (b *Budget) total() string {
	if len(b.Undetermined()) > 0 && b.Sum != Unlimited {
		return "≥ " + b.Sum.String()
	}
	return b.Sum.String()
}

// scale is the number of connections that a full bar stands for.
func scale(b *Budget) Count {
	return max(b.Sum, Count(b.Limit.Max), 1)
}

// bar draws n of full; what is unlimited runs over the end.
func bar(n, full Count) string {
	if n == Unlimited {
		return strings.Repeat("█", barWidth) + "▶"
	}
	eighths := int((float64(n)*barWidth*8 + float64(full) - 1) / float64(full))
	s := strings.Repeat("█", eighths/8)
	if rest := eighths % 8; rest > 0 {
		s += string([]rune("▏▎▍▌▋▊▉")[rest-1])
	}
	return s
}

// verdict draws the sum above the server's connections and says who wins.
func (t *text) verdict(b *Budget, server *Server) {
	l := b.Limit
	t.printf("\nlimit: %d connections (%s)\n", l.Max, l.Source)
	if l.Nominal {
		t.printf("       computed from the memory the class is sold with: the server itself says somewhat less\n")
	}
	t.printf("       %d reserved, %s of headroom: the workloads may have %d\n\n", l.Reserved, l.Headroom, l.Allowed())
	full := scale(b)
	lines := [][]string{
		{"can open", bar(b.Sum, full), b.total()},
		{"budget", bar(l.Allowed(), full), l.Allowed().String()},
		{"server", bar(Count(l.Max), full), strconv.Itoa(l.Max)},
	}
	if server != nil {
		lines = append(lines, []string{"in use", bar(Count(server.Connected), full), strconv.Itoa(server.Connected)})
	}
	t.grid(lines, "llr")
	t.printf("\n%s\n", b.Verdict())
	t.causes(b)
}

// causes names the lines of code for which there is no figure.
func (t *text) causes(b *Budget) {
	for _, r := range b.Rows {
		switch {
		case r.Sum == Unlimited:
			t.printf("  %s: %s (%s) has no limit: %s\n", r.Pos, r.Pool, r.Workload, r.Why)
		case r.Open:
			t.printf("  %s: %s (%s): %s: state it as pool or pools of workload %s\n", r.Pos, r.Pool, r.Workload, r.Why, r.Workload)
		}
	}
}

// Verdict says in one line whether the sum keeps to the budget.
func (b *Budget) Verdict() string {
	allowed := b.Limit.Allowed()
	switch over := b.Over(); {
	case over == Unlimited:
		return fmt.Sprintf("over budget: nothing limits what the workloads can open, %d are allowed", allowed)
	case over > 0 && b.Sum > b.Limit.Available():
		return fmt.Sprintf("over budget by %s: the server will refuse connections", over)
	case over > 0:
		return fmt.Sprintf("over budget by %s: the headroom is used up", over)
	case len(b.Undetermined()) > 0:
		return "undetermined: the code does not say how many connections it opens"
	}
	return fmt.Sprintf("within budget: %s of %d, %s to spare", b.Sum, allowed, allowed-b.Sum)
}

func (t *text) connected(s *Server) {
	t.printf("\nconnected now: %d of %d (%s %s)\n", s.Connected, s.Max, s.Engine, s.Version)
	var lines [][]string
	for _, c := range s.Sessions {
		lines = append(lines, []string{" ", c.User, c.State, strconv.Itoa(c.Count), bar(Count(c.Count), Count(max(s.Max, 1)))})
	}
	t.grid(lines, "lllrl")
	for _, n := range s.Notes {
		t.printf("note: %s\n", n)
	}
}
