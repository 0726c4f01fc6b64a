package report

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf16"
)

// maxSource is the size in bytes above which a file's text is not shown.
const maxSource = 16 << 20

// Source reads the text of the files that findings are in. A file that cannot be
// read has no lines: a report is never lost for it.
type Source struct {
	dir   string
	files map[string]*sourceFile
}

type sourceFile struct {
	lines   []string // without their ends
	offsets []int    // in bytes, of each line's beginning
	size    int
}

// Line returns the text of a line, which counts from 1, without its end.
func (s *Source) Line(file string, line int) (string, bool) {
	lines := s.Lines(file)
	if line < 1 || line > len(lines) {
		return "", false
	}
	return lines[line-1], true
}

// Lines returns all lines of the file.
func (s *Source) Lines(file string) []string { return s.file(file).lines }

func (s *Source) file(name string) *sourceFile {
	if f, ok := s.files[name]; ok {
		return f
	}
	if s.files == nil {
		s.files = map[string]*sourceFile{}
	}
	f := readSource(s.path(name))
	s.files[name] = f
	return f
}

// position returns the line and the column in bytes of an offset.
func (s *Source) position(file string, offset int) (line, column int, ok bool) {
	f := s.file(file)
	if offset < 0 || offset > f.size || len(f.offsets) == 0 {
		return 0, 0, false
	}
	i, found := slices.BinarySearch(f.offsets, offset)
	if !found {
		i--
	}
	return i + 1, offset - f.offsets[i] + 1, true
}

// path returns where the file named in a Place is.
func (s *Source) path(file string) string {
	if filepath.IsAbs(file) {
		return file
	}
	return filepath.Join(s.dir, filepath.FromSlash(file))
}

func readSource(name string) *sourceFile {
	f := new(sourceFile)
	info, err := os.Stat(name)
	if err != nil || !info.Mode().IsRegular() || info.Size() > maxSource {
		return f
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return f
	}
	f.size = len(text)
	at := 0
	for line := range strings.Lines(string(text)) {
		f.offsets = append(f.offsets, at)
		f.lines = append(f.lines, strings.TrimRight(line, "\r\n"))
		at += len(line)
	}
	return f
}

// utf16Column turns a column in bytes into one in UTF-16 code units, both from 1.
func (s *Source) utf16Column(file string, line, column int) int {
	text, ok := s.Line(file, line)
	if !ok {
		return column
	}
	return utf16Len(prefix(text, column)) + 1 + max(0, column-1-len(text))
}

// prefix returns the text in front of a column in bytes.
func prefix(text string, column int) string {
	return text[:max(0, min(column-1, len(text)))]
}

func utf16Len(s string) int {
	n := 0
	for _, r := range s {
		n += max(1, utf16.RuneLen(r))
	}
	return n
}
