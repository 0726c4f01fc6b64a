package report

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"strings"
)

// lineNumber matches the numbers in a message that move with the code.
var lineNumber = regexp.MustCompile(`\b(lines?|at) \d+(:\d+)?\b|\.go:\d+(:\d+)?`)

// SetFingerprints sets the fingerprint of each finding: a hash of the rule, the
// category, the file, the message without its line numbers and the text of the
// line, counted among equals. It survives edits on other lines.
func (r *Report) SetFingerprints() {
	seen := map[string]int{}
	for i := range r.Findings {
		f := &r.Findings[i]
		line, _ := r.Source().Line(f.File, f.Line)
		message := lineNumber.ReplaceAllString(f.Message, "")
		text := strings.Join([]string{f.Rule, f.Category, f.File, message, strings.TrimSpace(line)}, "\x00")
		sum := sha256.Sum256([]byte(text))
		hash := hex.EncodeToString(sum[:12])
		seen[hash]++
		f.Fingerprint = fmt.Sprintf("%s:%d", hash, seen[hash])
	}
}
