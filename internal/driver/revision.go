package driver

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/connlint/connlint/internal/report"
)

// changes are the lines of each file, by absolute name, that a revision does not
// have.
type changes map[string][]lineRange

type lineRange struct{ first, last int }

// touch reports whether the finding's path goes over a changed line: a new return
// leaks what an old line acquired.
func (c changes) touch(f *report.Finding) bool {
	for _, p := range f.Path() {
		for _, r := range c[p.File] {
			if r.first <= p.Line && p.Line <= r.last {
				return true
			}
		}
	}
	return false
}

// changedSince asks git what the working tree has that the revision has not.
// Files that git does not track are new from the first line to the last.
func (s *session) changedSince(ctx context.Context, rev string) (changes, error) {
	top, err := s.git(ctx, "rev-parse", "--show-toplevel")
	if err != nil {
		return nil, err
	}
	root := s.nameOf(strings.TrimSpace(string(top)))
	diff, err := s.git(ctx, "-c", "core.quotePath=false", "diff", "--no-color", "--no-ext-diff", "--no-renames",
		"--unified=0", "--src-prefix=a/", "--dst-prefix=b/", "--end-of-options", rev, "--")
	if err != nil {
		return nil, err
	}
	out, err := parseDiff(root, diff)
	if err != nil {
		return nil, err
	}
	untracked, err := s.git(ctx, "ls-files", "--others", "--exclude-standard", "--full-name", "-z", ":/")
	if err != nil {
		return nil, err
	}
	for _, name := range strings.Split(string(untracked), "\x00") {
		if name != "" {
			out[filepath.Join(root, filepath.FromSlash(name))] = []lineRange{{1, 1 << 30}}
		}
	}
	return out, nil
}

// nameOf returns the name by which the working directory reaches the top of the
// repository: git gives it without symbolic links, the go command does not.
func (s *session) nameOf(top string) string {
	top = filepath.FromSlash(top)
	real, err := filepath.EvalSymlinks(s.dir)
	if err != nil || real == s.dir {
		return top
	}
	below, err := filepath.Rel(top, real)
	switch {
	case err != nil:
		return top
	case below == ".":
		return s.dir
	case strings.HasSuffix(s.dir, string(filepath.Separator)+below):
		return strings.TrimSuffix(s.dir, string(filepath.Separator)+below)
	}
	return top // the link is inside the repository
}

func (s *session) git(ctx context.Context, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "git", args...)
	cmd.Dir = s.dir
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	text, err := cmd.Output()
	if errors.Is(err, exec.ErrNotFound) {
		return nil, errors.New("-new-from-rev needs git, which is not installed")
	}
	if err != nil {
		line, _, _ := strings.Cut(strings.TrimSpace(stderr.String()), "\n")
		if line == "" {
			line = err.Error()
		}
		return nil, fmt.Errorf("-new-from-rev %s: git: %s", s.opts.newFrom, strings.TrimPrefix(line, "fatal: "))
	}
	return text, nil
}

// parseDiff reads the +++ lines and the hunk headers of a unified diff without
// context.
func parseDiff(root string, diff []byte) (changes, error) {
	out := changes{}
	file := ""
	left := 0 // lines of the hunk still to come: they may look like headers
	scan := bufio.NewScanner(bytes.NewReader(diff))
	scan.Buffer(nil, len(diff)+1)
	for scan.Scan() {
		line := scan.Text()
		if left > 0 && line != "" && (line[0] == '+' || line[0] == '-') {
			left--
			continue
		}
		if name, ok := strings.CutPrefix(line, "+++ "); ok {
			file = diffName(root, name)
			continue
		}
		if !strings.HasPrefix(line, "@@ ") {
			continue
		}
		fields := strings.Fields(line)
		if len(fields) < 3 {
			return nil, fmt.Errorf("git diff: cannot read %q", line)
		}
		_, removed, err1 := hunkRange(fields[1], "-")
		first, added, err2 := hunkRange(fields[2], "+")
		if err := errors.Join(err1, err2); err != nil {
			return nil, fmt.Errorf("git diff: cannot read %q: %v", line, err)
		}
		left = removed + added
		if added > 0 && file != "" {
			out[file] = append(out[file], lineRange{first, first + added - 1})
		}
	}
	return out, scan.Err()
}

// diffName turns "b/dir/file.go" into an absolute name; /dev/null into "".
func diffName(root, name string) string {
	name = strings.TrimSuffix(name, "\t") // git's mark for a name with spaces
	if unquoted, err := strconv.Unquote(name); err == nil {
		name = unquoted
	}
	name, ok := strings.CutPrefix(name, "b/")
	if !ok {
		return ""
	}
	return filepath.Join(root, filepath.FromSlash(name))
}

// hunkRange parses "-12,3" or "+12", whose count is 1.
func hunkRange(s, sign string) (first, count int, err error) {
	s, ok := strings.CutPrefix(s, sign)
	if !ok {
		return 0, 0, fmt.Errorf("no %s", sign)
	}
	start, n, ok := strings.Cut(s, ",")
	if first, err = strconv.Atoi(start); err != nil {
		return 0, 0, err
	}
	if !ok {
		return first, 1, nil
	}
	count, err = strconv.Atoi(n)
	return first, count, err
}
