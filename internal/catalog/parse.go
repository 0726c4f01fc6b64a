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

// verbs is the grammar. "Arg" is the number of a result for acquire, chain, child, open,
// derive, cancel and nonnil, of a parameter for the others. F is a name in types.Func.FullName syntax without
// type parameters: (pkg.Executor).Get for a method of Executor[R].
var verbs = map[string]form{
	// package PATH: importing it makes a package relevant.
	"package": {},
	// type PATH.NAME KIND [onerr=value] [ctx=ends] [close=waits]: a resource type; with onerr=value one that comes with an error
	// holds nothing and is not nil; with ctx=ends the end of the context it was acquired with releases it; with close=waits
	// closing it waits for what was acquired from it.
	"type": {kind: true, attr: []string{"onerr", "ctx", "close"}},
	// acquire F RESULT KIND [onerr=value] [parent=ends|blocks] [of=N] [ctx=ends]: the call acquires. With
	// onerr=value the result is not nil when the error is not, and holds nothing then. With parent=ends it ends
	// with the receiver, with parent=blocks giving the receiver back waits for it; of=N: parameter N is the
	// parent, and it ends with that if that is a transaction. With ctx=ends it ends when the context that the
	// call is given is cancelled.
	"acquire": {arg: true, kind: true, attr: []string{"onerr", "parent", "of", "ctx"}},
	// chain F RESULT KIND err=FIELD: the call acquires; the result carries its error in the field, and its methods
	// return it again, as a builder's do.
	"chain": {arg: true, kind: true, attr: []string{"err"}},
	// release F KIND [arg=N] [end=commit|rollback]: the receiver (or parameter N) is given back.
	"release": {kind: true, attr: []string{"arg", "end"}},
	// exhaust F KIND [by=sets]: a false result means that the receiver has given its connection back; with by=sets
	// the call goes on to the next result set, and what is read before it ends by itself.
	"exhaust": {kind: true, attr: []string{"by"}},
	// check F KIND: looks at the iteration error of the receiver.
	"check": {kind: true},
	// scan F KIND [onerr=release]: reads a row; with onerr=release a failure gives the connection back.
	"scan": {kind: true, attr: []string{"onerr"}},
	// consume F PARAM KIND [check=no] [when=nil] [into=N]: the callee reads, checks and gives back the parameter; with
	// when=nil it gives it back only where its error is nil; with into=N it scans one row and gives nothing back if
	// parameter N is a pointer to a struct or a map, which hold one row.
	"consume": {arg: true, kind: true, attr: []string{"check", "when", "into"}},
	// borrow F PARAM: the callee only uses the parameter while it runs.
	"borrow": {arg: true},
	// prepared F KIND [ctx=N]: the method of a statement takes a connection, for KIND, of the pool it was prepared on,
	// or uses that of the transaction or connection it was prepared on.
	"prepared": {kind: true, attr: []string{"ctx"}},
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
	// joins F: the error result is nil if and only if all errors among the parameters are.
	"joins": {},
	// noreturn F [upto=VERSION]: the call does not return; upto is the last version that declares it there, if the
	// pinned one no longer does.
	"noreturn": {attr: []string{"upto"}},
	// norows VARIABLE: the error that says that there are no rows.
	"norows": {},
	// ended VARIABLE: the error that says that the receiver has been given back already.
	"ended": {},
	// iserr F [result=N]: a true result (number N, else 0) means that its first parameter, an error, is not nil.
	"iserr": {attr: []string{"result"}},
	// nilafter F PARAM: the call returns only if the parameter is nil (an assertion that ends the test).
	"nilafter": {arg: true},
	// nonnilafter F PARAM: the call returns only if the parameter is not nil.
	"nonnilafter": {arg: true},
	// trueafter F PARAM: the call returns only if the parameter is true.
	"trueafter": {arg: true},
	// falseafter F PARAM: the call returns only if the parameter is false.
	"falseafter": {arg: true},
	// isnil F PARAM: the result is true if and only if the parameter is nil.
	"isnil": {arg: true},
	// isnonnil F PARAM: a true result means that the parameter is not nil.
	"isnonnil": {arg: true},
	// open F RESULT KIND [driver=N] [dsn=N] [config=N]: each call opens a new pool, or a new
	// connection outside any pool. Parameter N is the driver's name, the data source, the configuration.
	"open": {arg: true, kind: true, attr: []string{"driver", "dsn", "config", "options"}},
	// wait F KIND [ctx=N] [pool=N] [with=METHOD]: takes a connection from the pool that is the receiver
	// (or parameter N) for a resource of that kind, or for the call alone if the kind is pool; what ends
	// the wait is the context in parameter N, and METHOD is the same call with a context.
	"wait": {kind: true, attr: []string{"ctx", "pool", "with"}},
	// limit F WORD [arg=N]: the call, or the assignment to the field PATH.TYPE.FIELD, sets the limit WORD of
	// the pool that is the receiver (of a function: parameter 0) to parameter N.
	"limit": {word: true, attr: []string{"arg"}},
	// parameter KEY WORD: the key of a data source name sets a limit.
	"parameter": {word: true},
	// engine NAME WORD: what is behind a driver's name, or behind a driver package's path: network, inprocess or mock.
	"engine": {word: true},
	// once F PARAM: the function it is given runs once at most, however often it is called.
	"once": {arg: true},
	// root NAME WORD [arg=N]: who has a parameter of the type NAME serves a WORD (request, message, job,
	// invocation, scrape); with arg=N, the function given to the function NAME there does.
	"root": {word: true, attr: []string{"arg"}},
	// server F: a program that calls it serves requests, or runs until it is told to stop.
	"server": {},
	// context F WORD [arg=N]: the context it returns is endless, has a deadline, ends with a request, or
	// ends with that of parameter N (parent).
	"context": {word: true, attr: []string{"arg"}},
	// retry F PARAM: the call runs the function it is given again while it fails.
	"retry": {arg: true},
	// contact F: the call reaches the server at once, where opening a pool does not; its error says whether
	// the server is there.
	"contact": {},
	// slow F WORD: the call waits for something that is not the database: http, grpc, sleep, subprocess, mail.
	"slow": {word: true},
	// client PATH WORD: in packages below PATH, the methods that take a context and return an error wait like
	// that: the clients that are generated for the services of a cloud.
	"client": {word: true},
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
