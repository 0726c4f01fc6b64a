package session

import "strings"

// words are those of one statement: names in lower case and without their quotes,
// strings in single quotes, and everything else.
type words []string

// at returns word i, "" if there are fewer.
func (w words) at(i int) string {
	if i < 0 || i >= len(w) {
		return ""
	}
	return w[i]
}

func (w words) String() string { return strings.Join(w, " ") }

// scan splits a text into statements and those into words. Comments and what is in
// dollar quotes are left out. Nothing is an error: what does not end, ends with the
// text.
func scan(sql string) []words {
	var all []words
	var one words
	for sql != "" {
		word, rest := next(sql)
		sql = rest
		if word == ";" {
			all, one = append(all, one), nil
		} else if word != "" {
			one = append(one, word)
		}
	}
	return append(all, one)
}

// next returns the first word of a text, "" for blanks and comments, and what
// follows it. Some of the text is always consumed.
func next(sql string) (word, rest string) {
	switch c := sql[0]; {
	case c == ' ' || c == '\t' || c == '\n' || c == '\r':
		return "", sql[1:]
	case strings.HasPrefix(sql, "--"):
		_, rest, _ = strings.Cut(sql, "\n")
		return "", rest
	case strings.HasPrefix(sql, "/*"):
		_, rest, _ = strings.Cut(sql[2:], "*/")
		return "", rest
	case c == '\'':
		text, rest := quoted(sql)
		return "'" + text + "'", rest
	case c == '"' || c == '`':
		text, rest := quoted(sql)
		return strings.ToLower(text), rest
	case strings.HasPrefix(sql, ":="):
		return ":=", sql[2:]
	case c == '$':
		if rest, ok := dollarQuoted(sql); ok {
			return "''", rest
		}
	}
	n := 0
	for n < len(sql) && inWord(sql[n]) {
		n++
	}
	if n == 0 {
		return sql[:1], sql[1:]
	}
	return strings.ToLower(sql[:n]), sql[n:]
}

// quoted returns what stands in the quotes that sql begins with. A doubled quote is
// one.
func quoted(sql string) (text, rest string) {
	quote := sql[:1]
	sql = sql[1:]
	for {
		part, after, ok := strings.Cut(sql, quote)
		text += part
		if !ok || !strings.HasPrefix(after, quote) {
			return text, after
		}
		text += quote
		sql = after[1:]
	}
}

// dollarQuoted returns what follows a string of PostgreSQL's, if sql begins with one:
//
//	$$ … $$
//	$body$ … $body$
func dollarQuoted(sql string) (rest string, ok bool) {
	n := strings.IndexByte(sql[1:], '$') + 1
	if n == 0 {
		return "", false
	}
	for i := 1; i < n; i++ {
		if !inWord(sql[i]) || sql[i] >= '0' && sql[i] <= '9' && i == 1 {
			return "", false
		}
	}
	_, rest, _ = strings.Cut(sql[n+1:], sql[:n+1])
	return rest, true
}

// inWord reports whether c can stand in a name, a number or a parameter.
func inWord(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' ||
		c == '_' || c == '.' || c == '@' || c == '$' || c == hole[0] || c >= 0x80
}
