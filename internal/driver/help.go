package driver

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"golang.org/x/tools/go/analysis"

	"github.com/connlint/connlint/internal/docgen"
	"github.com/connlint/connlint/internal/report"
	"github.com/connlint/connlint/passes"
)

const usageHead = `connlint finds database connections that Go code does not give back, and pools
that it does not use as it should.

usage: connlint [flags] [packages]   analyze packages (default ./...)
       connlint help [rule]          this text, or what a rule is about
       connlint rules                list the rules
       connlint explain rule         what a rule is about, with examples
       connlint budget [flags]       add up what the programs can open
       connlint test [flags]         run go test with leak checks
       connlint completion shell     completion for bash, zsh or fish
       connlint version              the version and what it was built from

As a vet tool: go vet -vettool=$(which connlint) ./...

Exit status: 0 nothing found, 1 something found, 2 wrong usage or code that could
not be analyzed.

flags:
`

const usageTail = `
-RULE runs only that rule, -RULE=false all others; connlint help RULE lists a
rule's own flags. A finding is silenced by //nolint:RULE // reason or by
//connlint:ignore RULE reason on its line or above its statement.
`

func (c *command) help(args []string) error {
	switch len(args) {
	case 0:
		return c.printUsage(c.stdout)
	case 1:
		return c.explain(args)
	}
	return usagef("connlint help takes one rule")
}

func (c *command) printUsage(w io.Writer) error {
	fmt.Fprint(w, usageHead)
	newFlags(new(options)).VisitAll(func(f *flag.Flag) {
		rule, _, _ := strings.Cut(f.Name, ".")
		if isRule(rule) {
			return
		}
		name, usage := flag.UnquoteUsage(f)
		if name != "" && !strings.HasPrefix(name, "[") {
			name = " " + name
		}
		fmt.Fprintf(w, "  -%s%s\n        %s\n", f.Name, name, usage)
	})
	_, err := fmt.Fprint(w, usageTail)
	return err
}

// textWidth is how wide documentation is printed, in characters.
const textWidth = 80

func (c *command) explain(args []string) error {
	if len(args) != 1 {
		return usagef("connlint explain takes one rule: see connlint rules")
	}
	name, _, _ := strings.Cut(args[0], "/")
	a := findRule(name)
	if a == nil {
		return usagef("there is no rule %s: see connlint rules", name)
	}
	text := docgen.Text(a, textWidth)
	if c.color("auto", c.stdout) {
		text = highlight(text)
	}
	_, err := io.WriteString(c.stdout, text)
	return err
}

// highlight sets headings in bold and code in colour.
func highlight(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		switch {
		case i == 0 || strings.HasPrefix(line, "# "):
			lines[i] = "\x1b[1m" + line + "\x1b[0m"
		case strings.HasPrefix(line, "    ") && strings.TrimSpace(line) != "":
			lines[i] = "\x1b[36m" + line + "\x1b[0m"
		}
	}
	return strings.Join(lines, "\n")
}

// ruleInfo is the JSON form of a rule in connlint rules -json.
type ruleInfo struct {
	Name     string          `json:"name"`
	Summary  string          `json:"summary"`
	Severity report.Severity `json:"severity"`
	URL      string          `json:"url"`
	Flags    []string        `json:"flags"`
}

func (c *command) rules(args []string) error {
	fs := flag.NewFlagSet("rules", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	asJSON := fs.Bool("json", false, "")
	asMarkdown := fs.Bool("markdown", false, "")
	if err := fs.Parse(args); err != nil {
		return usagef("connlint rules: %v", err)
	}
	if fs.NArg() > 0 {
		return usagef("connlint rules takes no arguments: connlint explain %s explains a rule", fs.Arg(0))
	}
	switch {
	case *asJSON:
		return c.rulesJSON()
	case *asMarkdown:
		_, err := io.WriteString(c.stdout, docgen.Page(passes.All))
		return err
	}
	w := tabwriter.NewWriter(c.stdout, 0, 0, 2, ' ', 0)
	for _, a := range passes.All {
		fmt.Fprintf(w, "%s\t%s\t%s\n", a.Name, docgen.Severity(a.Name, ""), docgen.Summary(a))
	}
	return w.Flush()
}

func (c *command) rulesJSON() error {
	out := []ruleInfo{}
	for _, a := range passes.All {
		out = append(out, newRuleInfo(a))
	}
	enc := json.NewEncoder(c.stdout)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(out)
}

func newRuleInfo(a *analysis.Analyzer) ruleInfo {
	info := ruleInfo{a.Name, docgen.Summary(a), docgen.Severity(a.Name, ""), a.URL, []string{}}
	for _, f := range docgen.Flags(a) {
		info.Flags = append(info.Flags, a.Name+"."+f.Name)
	}
	return info
}
