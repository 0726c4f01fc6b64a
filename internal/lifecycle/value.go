package lifecycle

import (
	"go/constant"
	"go/token"
	"go/types"
	"strconv"
	"strings"

	"golang.org/x/tools/go/ssa"
)

// resolve follows v through everything that only renames a value, as far as the
// path knows.
func (x *explorer) resolve(v ssa.Value, s *state) ssa.Value {
	for range 64 {
		if to, ok := s.lookup(v); ok {
			return to
		}
		switch t := v.(type) {
		case *ssa.ChangeType:
			v = t.X
		case *ssa.ChangeInterface:
			v = t.X
		case *ssa.MakeInterface:
			if c, ok := t.X.(*ssa.Const); ok && c.Value == nil {
				return anyNonNil // a typed nil in an interface is not nil
			}
			v = t.X
		case *ssa.TypeAssert:
			if t.CommaOk {
				return v
			}
			v = t.X
		case *ssa.Extract:
			ta, ok := t.Tuple.(*ssa.TypeAssert)
			if !ok || t.Index != 0 {
				return v
			}
			v = ta.X
		case *ssa.Slice:
			v = t.X
		case *ssa.Const:
			if t.Value == nil {
				return anyNil
			}
			if t.Value.Kind() == constant.Bool {
				if constant.BoolVal(t.Value) {
					return anyTrue
				}
				return anyFalse
			}
			return v
		case *ssa.FreeVar:
			return v
		default:
			return v
		}
	}
	return v
}

// address returns the memory cell that the pointer v points to.
func (x *explorer) address(v ssa.Value, s *state) (root ssa.Value, path string) {
	return x.addressWithin(v, s, 12)
}

// addressWithin follows at most depth steps: a list that is walked in a loop leads
// around for ever.
func (x *explorer) addressWithin(v ssa.Value, s *state, depth int) (root ssa.Value, path string) {
	if depth == 0 {
		return v, ""
	}
	switch t := v.(type) {
	case *ssa.FieldAddr:
		root, path = x.addressWithin(t.X, s, depth-1)
		return root, path + "." + strconv.Itoa(t.Field)
	case *ssa.IndexAddr:
		root, path = x.addressWithin(t.X, s, depth-1)
		if c, ok := t.Index.(*ssa.Const); ok && c.Value != nil {
			return root, path + ".[" + c.Value.ExactString() + "]"
		}
		return root, path + ".[]"
	}
	r := x.resolve(v, s)
	switch t := r.(type) {
	case *ssa.FieldAddr, *ssa.IndexAddr:
		if r != v {
			return x.addressWithin(r, s, depth-1)
		}
	case *ssa.UnOp:
		// A pointer loaded from memory that others share is known by where it
		// was loaded: s.store.rows is a path from s.
		if t.Op == token.MUL {
			root, path := x.addressWithin(t.X, s, depth-1)
			if path != "" && (!x.isLocal(root) || s.knowsBelow(root, path)) {
				return root, path
			}
		}
	}
	return r, ""
}

// nilness reports whether the resolved value v is nil.
func (x *explorer) nilness(v ssa.Value, s *state) truth {
	switch t := v.(type) {
	case *symbol:
		switch t.sort {
		case nilSym:
			return yes
		case nonNilSym, sentinelSym:
			return no
		case resourceSym:
			if s.status == absent && x.ob.nilOnErr {
				return yes
			}
			return no
		}
		return unknown
	case *ssa.Const:
		if t.Value == nil {
			return yes
		}
		return no
	case *ssa.Alloc, *ssa.MakeClosure, *ssa.FieldAddr, *ssa.IndexAddr, *ssa.Global, *ssa.Function,
		*ssa.MakeSlice, *ssa.MakeMap, *ssa.MakeChan, *ssa.BinOp:
		return no
	}
	if f := s.factOf(v); f != unknown {
		return f
	}
	switch t := v.(type) {
	case *ssa.UnOp:
		if g, ok := t.X.(*ssa.Global); ok && t.Op == token.MUL && isErrorVariable(g) {
			return no
		}
		if _, ok := t.Type().Underlying().(*types.Struct); ok {
			return no
		}
	case *ssa.Call:
		return x.resultNilness(t, 0, s)
	case *ssa.Extract:
		if call, ok := t.Tuple.(*ssa.Call); ok {
			return x.resultNilness(call, t.Index, s)
		}
	}
	return unknown
}

// isErrorVariable reports whether g looks like a sentinel: a package-level error
// named as Go names those.
func isErrorVariable(g *ssa.Global) bool {
	p, ok := g.Type().Underlying().(*types.Pointer)
	if !ok || !isError(p.Elem()) {
		return false
	}
	name := g.Name()
	return strings.HasPrefix(name, "Err") || strings.HasPrefix(name, "err") || name == "EOF"
}

var errorType = types.Universe.Lookup("error").Type()

func isError(t types.Type) bool { return types.Identical(t, errorType) }

// resultNilness reports what the callee promises about a result.
func (x *explorer) resultNilness(call *ssa.Call, result int, s *state) truth {
	c := x.an.calleeOf(call.Common())
	if c == nil || x.asking > maxAsking {
		return unknown
	}
	x.asking++ // in a loop, a helper may be given what it returned in the round before
	defer func() { x.asking-- }()
	n := c.nilness(result)
	if n.nonNil {
		return no
	}
	if n.same >= 0 {
		if args := call.Call.Args; n.same < len(args) {
			arg := args[n.same]
			if r := x.resolve(arg, s); r != ssa.Value(call) {
				if known := x.nilness(r, s); known == yes || !n.oneWay {
					return known
				}
			}
		}
	}
	return unknown
}

// joined reports whether all the errors that a call is given are nil.
func (x *explorer) joined(args []ssa.Value, s *state) truth {
	all := yes
	for _, a := range args {
		root, path := x.address(a, s)
		for _, c := range s.cells {
			if c.root != root || !under(c.path, path) || c.path == zeroFields {
				continue
			}
			switch x.nilness(c.val, s) {
			case no:
				return no
			case unknown:
				all = unknown
			}
		}
		if isError(a.Type()) {
			switch x.nilness(x.resolve(a, s), s) {
			case no:
				return no
			case unknown:
				all = unknown
			}
		}
	}
	return all
}

// decide evaluates a condition.
func (x *explorer) decide(cond ssa.Value, s *state) truth {
	v := x.resolve(cond, s)
	switch t := v.(type) {
	case *symbol:
		switch t.sort {
		case trueSym:
			return yes
		case falseSym, nilSym:
			return no // the zero value of a boolean cell
		case isErrorSym:
			if x.nilness(x.resolve(t.of, s), s) == yes {
				return no
			}
		}
		return unknown
	case *ssa.UnOp:
		if t.Op == token.NOT {
			return x.decide(t.X, s).not()
		}
	case *ssa.BinOp:
		return x.decideComparison(t, s)
	case *ssa.Extract:
		if ta, ok := t.Tuple.(*ssa.TypeAssert); ok && t.Index == 1 {
			if known := x.decideAssertion(ta, s); known != unknown {
				return known
			}
		}
	}
	return s.factOf(v)
}

// decideAssertion reports whether the resource is of an asserted type, where its own is
// known.
func (x *explorer) decideAssertion(ta *ssa.TypeAssert, s *state) truth {
	if x.nilness(x.resolve(ta.X, s), s) == yes {
		return no // a nil interface is of no type
	}
	if !isSym(x.resolve(ta.X, s), resourceSym) || x.ob.kind == "" || x.ob.typ == nil || types.IsInterface(x.ob.typ) {
		return unknown
	}
	if iface, ok := ta.AssertedType.Underlying().(*types.Interface); ok {
		return truthOf(types.Implements(x.ob.typ, iface))
	}
	return truthOf(types.Identical(ta.AssertedType, x.ob.typ))
}

func (x *explorer) decideComparison(b *ssa.BinOp, s *state) truth {
	if b.Op != token.EQL && b.Op != token.NEQ {
		return s.factOf(b)
	}
	l, r := x.resolve(b.X, s), x.resolve(b.Y, s)
	result := unknown
	lc, lok := l.(*ssa.Const)
	rc, rok := r.(*ssa.Const)
	switch {
	case isNil(r) && nillable(b.X.Type()):
		result = x.nilness(l, s)
	case isNil(l) && nillable(b.X.Type()):
		result = x.nilness(r, s)
	case lok && rok:
		result = no
		if constant.Compare(lc.Value, token.EQL, rc.Value) {
			result = yes
		}
	case lok && isNil(r):
		result = zeroConst(lc)
	case rok && isNil(l):
		result = zeroConst(rc)
	case isSym(l, sentinelSym) && isSym(r, sentinelSym):
		result = truthOf(l == r)
	case isBool(l) && isBool(r):
		result = no
		if l == r {
			result = yes
		}
	case x.nilness(l, s) == yes && x.nilness(r, s) == no, x.nilness(l, s) == no && x.nilness(r, s) == yes:
		if nillable(b.X.Type()) {
			result = no
		}
	}
	if result == unknown {
		result = s.factOf(b)
		return result
	}
	if b.Op == token.NEQ {
		return result.not()
	}
	return result
}

// zeroConst compares a constant with the zero value of an untouched cell.
func zeroConst(c *ssa.Const) truth {
	if c.Value == nil {
		return yes
	}
	switch c.Value.Kind() {
	case constant.Int:
		if constant.Sign(c.Value) == 0 {
			return yes
		}
	case constant.String:
		if constant.StringVal(c.Value) == "" {
			return yes
		}
	}
	return no
}

func isNil(v ssa.Value) bool { return isSym(v, nilSym) }

func isBool(v ssa.Value) bool { return isSym(v, trueSym) || isSym(v, falseSym) }

func nillable(t types.Type) bool {
	switch t.Underlying().(type) {
	case *types.Pointer, *types.Interface, *types.Signature, *types.Map, *types.Slice, *types.Chan:
		return true
	}
	return false
}

// carries reports whether v is the resource or leads to it.
func (x *explorer) carries(v ssa.Value, s *state) bool {
	return x.carriesDepth(v, s, 0)
}

func (x *explorer) carriesDepth(v ssa.Value, s *state, depth int) bool {
	if depth > 6 || v == nil {
		return false
	}
	r := x.resolve(v, s)
	if isSym(r, resourceSym) || isSym(r, doneSym) {
		return true
	}
	if mc, ok := r.(*ssa.MakeClosure); ok {
		for _, b := range mc.Bindings {
			if x.carriesDepth(b, s, depth+1) {
				return true
			}
		}
		return false
	}
	switch r.(type) {
	case *ssa.FieldAddr, *ssa.UnOp:
		root, path := x.address(r, s)
		for i := range s.cells {
			c := &s.cells[i]
			if c.root == root && under(c.path, path) && c.val != r && (isSym(c.val, resourceSym) || x.carriesDepth(c.val, s, depth+1)) {
				return true
			}
		}
		return false
	}
	for i := range s.cells {
		c := &s.cells[i]
		if c.root == r && c.val != r && (isSym(c.val, resourceSym) || x.carriesDepth(c.val, s, depth+1)) {
			return true
		}
	}
	return false
}

// carriedAt returns the field path under v at which the resource is, if it is
// carried there directly.
func (x *explorer) carriedAt(v ssa.Value, s *state) (path string, ok bool) {
	r := x.resolve(v, s)
	if isSym(r, resourceSym) {
		return "", true
	}
	root, base := x.address(r, s)
	for i := range s.cells {
		c := &s.cells[i]
		if c.root == root && under(c.path, base) {
			rest := c.path[len(base):]
			if isSym(c.val, resourceSym) {
				return rest, true
			}
			if c.val == r {
				continue
			}
			// One level of indirection: a pointer to a struct that holds it.
			for j := range s.cells {
				if d := &s.cells[j]; d.root == c.val && isSym(d.val, resourceSym) {
					return rest + d.path, true
				}
			}
		}
	}
	return "", false
}
