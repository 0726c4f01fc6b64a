package program

// Shrink returns the smallest function it finds, by leaving statements out of f, for
// which wrong is still true. Wrong must return false for what does not compile.
func Shrink(f *Func, wrong func(*Func) bool) *Func {
	for again := true; again; {
		again = false
		for _, smaller := range f.smaller() {
			if wrong(smaller) {
				f, again = smaller, true
				break
			}
		}
	}
	return f
}

// smaller returns the functions that lack one statement of f, or have what is inside a
// statement in its place.
func (f *Func) smaller() []*Func {
	var out []*Func
	n := count(f.Body)
	for i := range n {
		for _, hoist := range []bool{false, true} {
			c := *f
			k := i
			if body, ok := without(f.Body, &k, hoist); ok {
				c.Body = body
				out = append(out, &c)
			}
		}
	}
	return out
}

func count(body []node) int {
	n := len(body)
	for _, s := range body {
		for _, b := range s.blocks() {
			n += count(*b)
		}
	}
	return n
}

// without returns a copy of body that lacks statement number *k, counted in order, or
// with hoist has its blocks in its place.
func without(body []node, k *int, hoist bool) ([]node, bool) {
	var out []node
	changed := false
	for _, s := range body {
		if *k == 0 && !changed {
			*k--
			changed = true
			if !hoist {
				continue
			}
			if len(s.blocks()) == 0 {
				return nil, false
			}
			for _, b := range s.blocks() {
				out = append(out, *b...)
			}
			continue
		}
		*k--
		c := clone(s)
		for _, b := range c.blocks() {
			if *k < 0 {
				break
			}
			inner, ok := without(*b, k, hoist)
			if *k < 0 {
				if !ok {
					return nil, false
				}
				*b, changed = inner, true
			}
		}
		out = append(out, c)
	}
	return out, changed
}

// clone copies a statement, but not what is inside: that is copied when it is changed.
func clone(s node) node {
	switch s := s.(type) {
	case *literal:
		c := *s
		return &c
	case *branch:
		c := *s
		return &c
	case *loop:
		c := *s
		return &c
	case *skip:
		c := *s
		return &c
	case *choice:
		c := *s
		return &c
	}
	return s
}
