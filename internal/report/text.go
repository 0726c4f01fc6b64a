package report

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Text writes for people: each finding with a frame of the source that marks the
// place and the path to the harm, and a summary at the end.
type Text struct {
	Color bool // with ANSI escapes
}

// style is an ANSI sequence.
type style string

const (
	bold    style = "\x1b[1m"
	red     style = "\x1b[1;31m"
	yellow  style = "\x1b[1;33m"
	cyan    style = "\x1b[1;36m"
	blue    style = "\x1b[1;34m"
	green   style = "\x1b[32m"
	magenta style = "\x1b[35m"
	reset   style = "\x1b[0m"
)

var severityStyle = map[Severity]style{Error: red, Warning: yellow, Note: cyan}

func (t Text) paint(s style, text string) string {
	if !t.Color || text == "" {
		return text
	}
	return string(s) + text + string(reset)
}

// Handle writes the report.
func (t Text) Handle(w io.Writer, r *Report) error {
	out := bufio.NewWriter(w)
	for i := range r.Findings {
		t.finding(out, r, &r.Findings[i])
	}
	if len(r.Findings) > 0 {
		fmt.Fprintln(out, t.summary(r))
	}
	return out.Flush()
}

func (t Text) finding(out *bufio.Writer, r *Report, f *Finding) {
	name := f.Rule
	if f.Category != "" {
		name += "/" + f.Category
	}
	severity := f.Severity
	if severity == "" {
		severity = Error
	}
	head := t.paint(severityStyle[severity], string(severity)+"["+name+"]")
	fmt.Fprintf(out, "%s%s\n", head, t.paint(bold, ": "+f.Fault()))
	frames := t.frames(r.Source(), f, severity)
	margin := gutterWidth(frames)
	for i, fr := range frames {
		t.frame(out, fr, margin, i == 0)
	}
	note := func(what, text string) {
		fmt.Fprintf(out, "%s %s %s\n", strings.Repeat(" ", margin), t.paint(blue, "="), t.paint(bold, what+": ")+text)
	}
	if harm := f.Harm(); harm != "" {
		note("harm", harm)
	}
	for _, fix := range f.Fixes {
		note("fix", fix.Message+t.paint(green, " (-fix applies it)"))
	}
	note("help", "connlint explain "+f.Rule)
	fmt.Fprintln(out)
}

// A frame is the excerpt of one file.
type frame struct {
	at    Place // what stands behind the arrow
	lines []frameLine
}

type frameLine struct {
	number int // 0 stands for lines left out
	text   string
	marks  []mark
}

// A mark underlines part of a line, and may say something.
type mark struct {
	from, to int // in bytes of the line, to exclusive
	label    string
	primary  bool
	style    style
}

// frames builds an excerpt for each file that the finding's path goes through.
func (t Text) frames(src *Source, f *Finding, severity Severity) []frame {
	places := map[string][]Place{}
	var order []string
	for _, p := range f.Path() {
		if places[p.File] == nil {
			order = append(order, p.File)
		}
		places[p.File] = append(places[p.File], p)
	}
	var out []frame
	for _, file := range order {
		fr := frame{at: places[file][0]}
		marks := map[int][]mark{}
		for i, p := range places[file] {
			text, ok := src.Line(p.File, p.Line)
			if !ok {
				continue
			}
			m := markOf(p, text)
			m.style = blue
			if file == f.File && i == 0 {
				m.primary, m.label, m.style = true, "", severityStyle[severity]
			}
			marks[p.Line] = addMark(marks[p.Line], m)
		}
		fr.lines = t.excerpt(src, file, marks)
		out = append(out, fr)
	}
	return out
}

// addMark adds m, or its label to an equal mark that has none.
func addMark(marks []mark, m mark) []mark {
	for i := range marks {
		if marks[i].from == m.from && marks[i].label == "" {
			marks[i].label = m.label
			return marks
		}
	}
	return append(marks, m)
}

// markOf finds what to underline: the range on its first line, or the word at its
// beginning.
func markOf(p Place, text string) mark {
	from := max(0, min(p.Column-1, len(text)))
	to := len(text)
	switch {
	case p.EndLine == p.Line && p.EndColumn > p.Column:
		to = min(p.EndColumn-1, len(text))
	case p.EndLine > p.Line: // to the end of the line
	case from < len(text) && text[from] == '(':
		from, to = nameBefore(text, from), from+1
	default:
		to = from + wordLen(text[from:])
	}
	if to <= from {
		to = from + 1
	}
	return mark{from: from, to: to, label: p.Message}
}

// wordLen returns the length of the name that text begins with, or 1.
func wordLen(text string) int {
	n := strings.IndexFunc(text, func(r rune) bool { return !inName(r) })
	if n < 0 {
		n = len(text)
	}
	return max(n, 1)
}

// nameBefore returns where the name in front of offset at begins: a call without
// an end is known by its parenthesis.
func nameBefore(text string, at int) int {
	i := strings.LastIndexFunc(text[:at], func(r rune) bool { return !inName(r) })
	if i < 0 {
		return 0
	}
	_, size := utf8.DecodeRuneInString(text[i:])
	return i + size
}

// inName reports whether r may stand in a qualified name.
func inName(r rune) bool {
	return r == '_' || r == '.' || unicode.IsLetter(r) || unicode.IsDigit(r)
}

// excerpt returns the marked lines in order. A gap of one line is filled, larger
// ones are shown as such.
func (t Text) excerpt(src *Source, file string, marks map[int][]mark) []frameLine {
	var numbers []int
	for n := range marks {
		numbers = append(numbers, n)
	}
	slices.Sort(numbers)
	var out []frameLine
	for i, n := range numbers {
		if i > 0 {
			switch gap := n - numbers[i-1]; {
			case gap == 2:
				text, _ := src.Line(file, n-1)
				out = append(out, frameLine{number: n - 1, text: text})
			case gap > 2:
				out = append(out, frameLine{})
			}
		}
		text, _ := src.Line(file, n)
		out = append(out, frameLine{number: n, text: text, marks: marks[n]})
	}
	return out
}

func gutterWidth(frames []frame) int {
	width := 1
	for _, fr := range frames {
		for _, l := range fr.lines {
			width = max(width, len(strconv.Itoa(l.number)))
		}
	}
	return width
}

func (t Text) frame(out *bufio.Writer, fr frame, margin int, first bool) {
	arrow := "-->"
	if !first {
		arrow = ":::"
	}
	pad := strings.Repeat(" ", margin)
	fmt.Fprintf(out, "%s%s %s\n", pad, t.paint(blue, arrow), fr.at)
	if len(fr.lines) == 0 {
		return
	}
	bar := t.paint(blue, pad+" |")
	fmt.Fprintln(out, bar)
	for _, l := range fr.lines {
		if l.number == 0 {
			fmt.Fprintln(out, t.paint(blue, "..."))
			continue
		}
		number := fmt.Sprintf("%*d |", margin, l.number)
		fmt.Fprintln(out, strings.TrimRight(t.paint(blue, number)+" "+expand(l.text), " "))
		for _, row := range t.underline(l) {
			fmt.Fprintln(out, bar+" "+row)
		}
	}
	fmt.Fprintln(out, bar)
}

// underline returns the rows under a line: the marks, then one row for each
// label that does not fit behind the last mark.
func (t Text) underline(l frameLine) []string {
	if len(l.marks) == 0 {
		return nil
	}
	marks := slices.Clone(l.marks)
	slices.SortStableFunc(marks, func(a, b mark) int { return a.from - b.from })
	var row strings.Builder
	at := 0
	for _, m := range marks {
		from, to := width(l.text[:m.from]), width(l.text[:min(m.to, len(l.text))])
		from, to = max(from, at), max(to, from+1)
		if to <= from {
			continue
		}
		char := "-"
		if m.primary {
			char = "^"
		}
		row.WriteString(strings.Repeat(" ", from-at))
		row.WriteString(t.paint(m.style, strings.Repeat(char, to-from)))
		at = to
	}
	last := marks[len(marks)-1]
	if last.label != "" {
		row.WriteString(" " + t.paint(last.style, last.label))
	}
	rows := []string{row.String()}
	for i := len(marks) - 2; i >= 0; i-- {
		if m := marks[i]; m.label != "" {
			rows = append(rows, strings.Repeat(" ", width(l.text[:m.from]))+t.paint(m.style, m.label))
		}
	}
	return rows
}

const tabWidth = 4

// expand replaces tabs by spaces, and control characters, which could change the
// terminal, by a visible substitute.
func expand(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '\t':
			b.WriteString(strings.Repeat(" ", tabWidth))
		case r < ' ' || r == 0x7f || r == utf8.RuneError:
			b.WriteRune('�')
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// width returns how many columns expand(s) takes. Wide East Asian characters take
// two.
func width(s string) int {
	n := 0
	for _, r := range expand(s) {
		n++
		if wide(r) {
			n++
		}
	}
	return n
}

// wide reports whether a terminal shows r two columns wide: the main ranges of
// Unicode's East_Asian_Width W and F, and emoji.
func wide(r rune) bool {
	return r >= 0x1100 && (r <= 0x115f || r >= 0x2e80 && r <= 0xa4cf || r >= 0xac00 && r <= 0xd7a3 ||
		r >= 0xf900 && r <= 0xfaff || r >= 0xfe30 && r <= 0xfe6f || r >= 0xff00 && r <= 0xff60 ||
		r >= 0xffe0 && r <= 0xffe6 || r >= 0x1f300 && r <= 0x1faff || r >= 0x20000 && r <= 0x3fffd)
}

func (t Text) summary(r *Report) string {
	counts := map[Severity]int{}
	fixable := 0
	for _, f := range r.Findings {
		counts[f.Severity]++
		if len(f.Fixes) > 0 {
			fixable++
		}
	}
	var parts []string
	for _, s := range Severities {
		if n := counts[s]; n > 0 {
			parts = append(parts, t.paint(severityStyle[s], plural(n, string(s))))
		}
	}
	line := strings.Join(parts, ", ")
	if r.Packages > 0 {
		line += " in " + plural(r.Packages, "package")
	}
	line += byRule(r.Findings)
	if fixable > 0 {
		line += fmt.Sprintf("; %d can be fixed with -fix", fixable)
	}
	return line
}

// byRule says how many findings each rule has, the most first, if it is more than
// one.
func byRule(findings []Finding) string {
	counts := map[string]int{}
	for _, f := range findings {
		counts[f.Rule]++
	}
	if len(counts) < 2 {
		return ""
	}
	rules := slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		return cmp.Or(counts[b]-counts[a], strings.Compare(a, b))
	})
	for i, rule := range rules {
		rules[i] = fmt.Sprintf("%s %d", rule, counts[rule])
	}
	return ": " + strings.Join(rules, ", ")
}

func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}
