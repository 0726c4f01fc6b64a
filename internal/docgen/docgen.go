// Package docgen renders what a rule says about itself, its Doc, for the
// terminal, for documentation pages and for formats that carry rules' help.
package docgen

import (
	"bytes"
	"flag"
	"fmt"
	"go/doc/comment"
	"strings"

	"golang.org/x/tools/go/analysis"
)

// Summary returns the first paragraph of the rule's Doc on one line, without the
// rule's name.
func Summary(a *analysis.Analyzer) string {
	first, _, _ := strings.Cut(strings.TrimSpace(a.Doc), "\n\n")
	line := strings.Join(strings.Fields(first), " ")
	return strings.TrimSuffix(strings.TrimPrefix(line, a.Name+": "), ".")
}

// body returns the Doc behind its first paragraph.
func body(a *analysis.Analyzer) string {
	_, rest, _ := strings.Cut(strings.TrimSpace(a.Doc), "\n\n")
	return strings.TrimSpace(rest)
}

func parse(text string) *comment.Doc {
	p := comment.Parser{LookupPackage: func(string) (string, bool) { return "", false }}
	return p.Parse(text)
}

// Text renders the rule's documentation for a terminal, width characters wide.
func Text(a *analysis.Analyzer, width int) string {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s: %s\n\n", a.Name, Summary(a))
	printer := comment.Printer{TextWidth: width, TextCodePrefix: "    "}
	b.Write(printer.Text(parse(body(a))))
	if flags := Flags(a); len(flags) > 0 {
		b.WriteString("\n# Flags\n\n")
		for _, f := range flags {
			fmt.Fprintf(&b, "    -%s.%s\n        %s%s\n", a.Name, f.Name, f.Usage, defaultOf(f))
		}
	}
	if a.URL != "" {
		fmt.Fprintf(&b, "\n%s\n", a.URL)
	}
	return b.String()
}

// Markdown renders the rule's documentation, its headings on the given level.
func Markdown(a *analysis.Analyzer, level int) string {
	printer := comment.Printer{
		HeadingLevel: level,
		HeadingID:    func(*comment.Heading) string { return "" },
	}
	var b bytes.Buffer
	b.Write(fenced(printer.Markdown(parse(body(a)))))
	if flags := Flags(a); len(flags) > 0 {
		fmt.Fprintf(&b, "\n%s Flags\n\n", strings.Repeat("#", level))
		for _, f := range flags {
			fmt.Fprintf(&b, "- `-%s.%s`: %s%s\n", a.Name, f.Name, f.Usage, defaultOf(f))
		}
	}
	return b.String()
}

// fenced turns the printer's indented code into fenced Go code.
func fenced(text []byte) []byte {
	var out []string
	var code []string
	flush := func() {
		if len(code) == 0 {
			return
		}
		blank := 0
		for len(code) > 0 && code[len(code)-1] == "" {
			code, blank = code[:len(code)-1], blank+1
		}
		out = append(out, "```go")
		out = append(out, code...)
		out = append(out, "```")
		for range blank {
			out = append(out, "")
		}
		code = nil
	}
	for _, line := range strings.Split(string(text), "\n") {
		switch {
		case strings.HasPrefix(line, "\t"):
			code = append(code, line[1:])
		case line == "" && code != nil:
			code = append(code, "")
		default:
			flush()
			out = append(out, line)
		}
	}
	flush()
	return []byte(strings.Join(out, "\n"))
}

// Flags returns the rule's flags in lexical order.
func Flags(a *analysis.Analyzer) []*flag.Flag {
	var out []*flag.Flag
	a.Flags.VisitAll(func(f *flag.Flag) { out = append(out, f) })
	return out
}

func defaultOf(f *flag.Flag) string {
	switch f.DefValue {
	case "", "false", "0":
		return ""
	}
	return fmt.Sprintf(" (default %s)", f.DefValue)
}
