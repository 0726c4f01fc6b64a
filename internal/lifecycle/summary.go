package lifecycle

import (
	"fmt"
	"strings"

	"github.com/connlint/connlint/internal/catalog"
)

// A summary is the fact about a function: what it does to what it is given and what
// it hands out. It travels between packages; keep it small. Parameters are numbered
// with the receiver of a method first.
type summary struct {
	NoReturn   bool  // never returns
	NoReturnIf []int // never returns if one of these parameters, errors, is not nil
	Calls      []int // function parameters that it calls before it returns
	NonNil     []int // results, errors, that are never nil
	Same       []Same
	Tests      []Test
	Params     []Param
	Results    []ResultEffect
}

// A Same says that a result is nil if a parameter is and, unless it is OneWay, only
// then.
type Same struct {
	Result, Param int
	OneWay        bool
}

// A Test says that the first result, a boolean, tells whether a parameter, an error,
// is nil.
type Test struct {
	Param int
	IfNil bool // what the result is when the parameter is nil
	// OneWay says that nothing is known of the result otherwise.
	OneWay bool
}

// A Param is what becomes of a resource that is at Path of a parameter. What is not
// listed is only borrowed.
type Param struct {
	Index    int
	Path     string
	Kind     catalog.Kind // "" for any
	Goal     goal
	Outcomes []Outcome
}

// An Outcome is one way a function can end for a resource it was given.
type Outcome struct {
	Status status
	Err    truth // of the last result, an error: yes means that it is nil
	Bool   truth // of the first result, a boolean
	Commit bool  // with released: by a commit
	ByRead bool  // with released: because it was read to the end
	When   [2]When
	To     int // with held: the result that hands it back, or -1; with stored: the parameter that keeps it
	Path   string
}

// A When is a condition on an argument: that it is true, or nil. With the unknown
// truth it is none.
type When struct {
	Param int
	Truth truth
}

// A ResultEffect says that a result carries a resource that the function acquired
// and that the caller now owns.
type ResultEffect struct {
	Result  int
	Path    string
	Kind    catalog.Kind
	Call    string   // the acquiring call
	Release []string // methods of the result that release it; nil: those of the kind
	Wrapper string   // name of the result's type, if it is not the resource itself
	With    []When   // what is known of boolean results, numbered by Param, when it is handed out
	OnErr   string   // the package-level error with which it is handed out all the same, or ""
	Done    []int    // results beside it, functions, that give it back when they are called
}

func (*summary) AFact() {}

func (s *summary) String() string {
	var parts []string
	if s.NoReturn {
		parts = append(parts, "noreturn")
	}
	if len(s.NoReturnIf) > 0 {
		parts = append(parts, fmt.Sprintf("noreturnif%v", s.NoReturnIf))
	}
	if len(s.Calls) > 0 {
		parts = append(parts, fmt.Sprintf("calls%v", s.Calls))
	}
	for _, p := range s.Params {
		parts = append(parts, fmt.Sprintf("param%d%s:%s%v", p.Index, p.Path, p.Kind, p.Outcomes))
	}
	for _, r := range s.Results {
		parts = append(parts, fmt.Sprintf("result%d%s:%s", r.Result, r.Path, r.Kind))
	}
	return strings.Join(parts, " ")
}

// outcomes returns what can become of a resource at path of parameter i; none if it
// is only borrowed.
func (s *summary) outcomes(i int, path string, kind catalog.Kind, g goal) []Outcome {
	if g == unchecked {
		g = giveBack
	}
	var any, whole []Outcome
	for _, p := range s.Params {
		if p.Index != i || p.Goal != g {
			continue
		}
		if p.Path != path {
			if p.Path == "" && (p.Kind == "" || p.Kind == kind) {
				whole = p.Outcomes
			}
			if p.Path != "" && path != "" && (strings.HasPrefix(p.Path, path) || strings.HasPrefix(path, p.Path)) {
				return []Outcome{{Status: gone, To: -1}}
			}
			continue
		}
		switch p.Kind {
		case kind:
			return p.Outcomes
		case "":
			any = p.Outcomes
		}
	}
	if any == nil && whole != nil {
		// What becomes of the parameter becomes of what it carries.
		for _, o := range whole {
			if o.To >= 0 {
				o.Path += path
			}
			any = append(any, o)
		}
	}
	return any
}

// trivial reports whether the summary says nothing beyond that everything is
// borrowed.
func (s *summary) trivial() bool {
	return !s.NoReturn && len(s.NoReturnIf) == 0 && len(s.Calls) == 0 && len(s.NonNil) == 0 &&
		len(s.Same) == 0 && len(s.Tests) == 0 && len(s.Params) == 0 && len(s.Results) == 0
}
