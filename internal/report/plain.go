package report

import (
	"bufio"
	"fmt"
	"io"
)

// writePlain writes one line a finding, as compilers do: file:line:col: message (rule).
func writePlain(w io.Writer, r *Report) error {
	out := bufio.NewWriter(w)
	for _, f := range r.Findings {
		fmt.Fprintf(out, "%s: %s (%s)\n", f.Place, f.Message, f.Rule)
	}
	return out.Flush()
}
