package catalog

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A form says what words follow the name on a line with a certain verb.
type form struct {
	arg  bool // a result or parameter number
	kind bool // a kind
	word bool // a free word
	attr []string
}

// verbs is the grammar. "Arg" is the number of a result for acquire, open, derive
// and cancel, of a parameter for the others.
var verbs = map[string]form{
	// package PATH: importing it makes a package relevant.
	"package": {},
	// type PATH.NAME KIND [onerr=value]: a resource type.
	"type": {kind: true},
	// acquire F RESULT KIND: the call acquires; with onerr=value the result is not nil when the error is not.
	"acquire": {arg: true, kind: true, attr: []string{"onerr", "parent", "ctx"}},
	// release F KIND [arg=N] [end=commit|rollback]: the receiver (or parameter N) is given back.
	"release": {kind: true, attr: []string{"arg", "end"}},
	// exhaust F KIND: a false result means that the receiver has given its connection back.
	"exhaust": {kind: true},
	// check F KIND: looks at the iteration error of the receiver.
	"check": {kind: true},
	// scan F KIND [onerr=release]: reads a row; with onerr=release a failure gives the connection back.
	"scan": {kind: true, attr: []string{"onerr"}},
	// consume F PARAM KIND [check=no]: the callee reads, checks and gives back the parameter.
	"consume": {arg: true, kind: true, attr: []string{"check"}},
	// borrow F PARAM: the callee only uses the parameter while it runs.
	"borrow": {arg: true},
	// derive F RESULT [arg=N]: the result is the receiver (or parameter N) under another name.
	"derive": {arg: true, attr: []string{"arg"}},
	// child F RESULT KIND: the result ends with the receiver (a statement of a transaction).
	"child": {arg: true, kind: true},
	// cancel F RESULT: results 0 and RESULT are a context and the function that ends it.
	"cancel": {arg: true},
	// calls F PARAM [go=yes] [defer=test]: the callee runs the function it is given, before it returns unless go or defer says otherwise.
	"calls": {arg: true, attr: []string{"go", "defer"}},
	// nonnil F RESULT: the error result is never nil.
	"nonnil": {arg: true},
	// samenil F PARAM: the error result is nil if and only if the parameter is.
	"samenil": {arg: true},
	// noreturn F: the call does not return.
	"noreturn": {},
	// iserr F: a true result means that its first parameter, an error, is not nil.
	"iserr": {},
}

func parse(sources []Source) (*Catalog, error) {
	c := &Catalog{
		byName:   map[string][]*Fact{},
		byMethod: map[string][]*Fact{},
		types:    map[string]*Fact{},
		packages: map[string]bool{},
	}
	seen := map[string]*Fact{}
	for _, src := range sources {
		for i, line := range strings.Split(src.Text, "\n") {
			if j := strings.Index(line, "#"); j >= 0 {
				line = line[:j]
			}
			words := strings.Fields(line)
			if len(words) == 0 {
				continue
			}
			f, err := parseLine(words)
			if err != nil {
				return nil, fmt.Errorf("%s:%d: %v", src.Name, i+1, err)
			}
			f.File, f.Line = src.Name, i+1
			key := fmt.Sprint(f.Verb, " ", f.Name, " ", f.Arg, " ", f.Kind, " ", f.Word, " ", f.Attr["arg"])
			if old := seen[key]; old != nil {
				return nil, fmt.Errorf("%s: %s %s stands already at %s", f.Pos(), f.Verb, f.Name, old.Pos())
			}
			seen[key] = f
			c.add(f)
		}
	}
	return c, nil
}

func (c *Catalog) add(f *Fact) {
	c.facts = append(c.facts, f)
	c.byName[f.Name] = append(c.byName[f.Name], f)
	switch f.Verb {
	case "package":
		c.packages[f.Name] = true
	case "type":
		c.types[f.Name] = f
	case "acquire":
		if i := strings.LastIndex(f.Name, ")."); i >= 0 {
			m := f.Name[i+2:]
			c.byMethod[m] = append(c.byMethod[m], f)
		}
	}
}

// parseLine parses the words of one line. Names with spaces do not occur: FullName
// syntax has none.
func parseLine(words []string) (*Fact, error) {
	f := &Fact{Verb: words[0], Arg: Recv}
	form, ok := verbs[f.Verb]
	if !ok {
		return nil, fmt.Errorf("unknown verb %q", f.Verb)
	}
	words = words[1:]
	next := func(what string) (string, error) {
		if len(words) == 0 || strings.Contains(words[0], "=") {
			return "", fmt.Errorf("%s: %s is missing", f.Verb, what)
		}
		w := words[0]
		words = words[1:]
		return w, nil
	}
	var err error
	if f.Name, err = next("name"); err != nil {
		return nil, err
	}
	if form.arg {
		w, err := next("number of the result or parameter")
		if err != nil {
			return nil, err
		}
		if f.Arg, err = strconv.Atoi(w); err != nil || f.Arg < 0 {
			return nil, fmt.Errorf("%s %s: %q is not the number of a result or parameter", f.Verb, f.Name, w)
		}
	}
	if form.kind {
		w, err := next("kind")
		if err != nil {
			return nil, err
		}
		f.Kind = Kind(w)
		if !slices.Contains(Kinds, f.Kind) {
			return nil, fmt.Errorf("%s %s: unknown kind %q", f.Verb, f.Name, w)
		}
	}
	if form.word {
		if f.Word, err = next("word"); err != nil {
			return nil, err
		}
	}
	for _, w := range words {
		key, value, ok := strings.Cut(w, "=")
		if !ok {
			return nil, fmt.Errorf("%s %s: unexpected %q", f.Verb, f.Name, w)
		}
		if !slices.Contains(form.attr, key) {
			return nil, fmt.Errorf("%s %s: unknown attribute %q", f.Verb, f.Name, key)
		}
		if f.Attr == nil {
			f.Attr = map[string]string{}
		}
		if _, dup := f.Attr[key]; dup {
			return nil, fmt.Errorf("%s %s: attribute %q twice", f.Verb, f.Name, key)
		}
		f.Attr[key] = value
	}
	return f, nil
}
