package load

import "bytes"

// blankBodies overwrites the bodies of the functions that a Go file declares with
// blanks: where only declarations are wanted, to parse bodies is most of the work, and
// what comes of it most of the memory. Everything else stays where it is. Of source
// that is wrong, what is left is wrong, too.
func blankBodies(src []byte) {
	l := &bodyLexer{src: src, begins: true}
	for ok := l.next(); ok; {
		if l.depth == 0 && l.begins && l.is("func") {
			ok = l.funcDecl()
		} else {
			ok = l.next()
		}
	}
}

// A bodyLexer splits Go source into tokens, as finely as it takes to find the end of
// a block.
type bodyLexer struct {
	src        []byte
	start, end int  // the token: a word, a byte, or a literal
	depth      int  // of the parentheses, brackets and braces that are open behind it
	begins     bool // it begins a statement or declaration
	ends       bool // a line break behind it ends a statement or declaration
}

func (l *bodyLexer) is(word string) bool { return string(l.src[l.start:l.end]) == word }

// next advances to the next token and reports whether there is one.
func (l *bodyLexer) next() bool {
	l.begins = l.end == 0 || l.is(";")
	if broken := l.skipSpace(); broken && l.ends {
		l.begins = true
	}
	l.start = l.end
	if l.end >= len(l.src) {
		return false
	}
	l.ends = true
	switch c := l.src[l.end]; {
	case isWordByte(c):
		for l.end < len(l.src) && isWordByte(l.src[l.end]) {
			l.end++
		}
	case c == '"' || c == '\'' || c == '`':
		l.literal(c)
	case c == '(' || c == '[' || c == '{':
		l.end++
		l.depth++
		l.ends = false
	case c == ')' || c == ']' || c == '}':
		l.end++
		l.depth--
	default:
		l.end++
		l.ends = false
	}
	return true
}

func isWordByte(c byte) bool {
	return c == '_' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c >= 0x80
}

// skipSpace passes over space and comments, and reports whether a line ended.
func (l *bodyLexer) skipSpace() (broken bool) {
	for l.end < len(l.src) {
		switch c := l.src[l.end]; {
		case c == '\n':
			broken = true
			l.end++
		case c == ' ' || c == '\t' || c == '\r':
			l.end++
		case c == '/' && l.end+1 < len(l.src) && (l.src[l.end+1] == '/' || l.src[l.end+1] == '*'):
			broken = l.comment() || broken
		default:
			return broken
		}
	}
	return broken
}

// comment passes over a comment and reports whether it has a line break, that behind
// a // comment apart.
func (l *bodyLexer) comment() (broken bool) {
	rest := l.src[l.end+2:]
	close := "\n"
	if l.src[l.end+1] == '*' {
		close = "*/"
	}
	n := bytes.Index(rest, []byte(close))
	if n < 0 {
		l.end = len(l.src)
		return true
	}
	l.end += 2 + n
	if close == "\n" {
		return false
	}
	l.end += 2
	return bytes.IndexByte(rest[:n], '\n') >= 0
}

// literal passes over a string or character. One that is not closed ends with the
// line, and the source is wrong.
func (l *bodyLexer) literal(quote byte) {
	for l.end++; l.end < len(l.src); l.end++ {
		switch c := l.src[l.end]; {
		case c == quote:
			l.end++
			return
		case c == '\\' && quote != '`':
			l.end++
		case c == '\n' && quote != '`':
			return
		}
	}
	l.end = len(l.src)
}

// funcDecl passes over a function declaration of which the first token was read, and
// blanks its body. It ends at the first token behind it and reports whether there is
// one.
func (l *bodyLexer) funcDecl() bool {
	typ := false // a brace would be that of a struct or interface type
	for l.next() {
		switch {
		case l.depth == 0 && l.begins:
			return true // there was no body
		case l.depth == 1 && l.is("{"):
			from := l.end
			for l.depth > 0 {
				if !l.next() {
					return false
				}
			}
			if !typ {
				blank(l.src[from:l.start])
				return l.next()
			}
			typ = false
		case l.depth == 0:
			typ = l.is("struct") || l.is("interface")
		}
	}
	return false
}

// blank leaves nothing but line breaks.
func blank(text []byte) {
	for i, c := range text {
		if c != '\n' {
			text[i] = ' '
		}
	}
}
