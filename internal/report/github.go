package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// githubLevel maps severities to the commands of GitHub Actions.
var githubLevel = map[Severity]string{Error: "error", Warning: "warning", Note: "notice"}

// writeGitHub writes workflow commands, which GitHub Actions shows as annotations
// of a pull request. See
// https://docs.github.com/actions/using-workflows/workflow-commands-for-github-actions.
func writeGitHub(w io.Writer, r *Report) error {
	out := bufio.NewWriter(w)
	for _, f := range r.Findings {
		level := githubLevel[f.Severity]
		if level == "" {
			level = "error"
		}
		fmt.Fprintf(out, "::%s file=%s,line=%d,col=%d", level, githubProperty(f.File), f.Line, f.Column)
		if f.EndLine == f.Line && f.EndColumn > f.Column {
			fmt.Fprintf(out, ",endLine=%d,endColumn=%d", f.EndLine, f.EndColumn)
		}
		message := f.Message + " (" + f.Rule + ")"
		for _, p := range f.Related {
			message += fmt.Sprintf("\n%s: %s", p, p.Message)
		}
		fmt.Fprintf(out, ",title=%s::%s\n", githubProperty("connlint "+f.Rule), githubData(message))
	}
	return out.Flush()
}

var (
	githubDataEscaper     = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	githubPropertyEscaper = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)

func githubData(s string) string     { return githubDataEscaper.Replace(s) }
func githubProperty(s string) string { return githubPropertyEscaper.Replace(s) }
