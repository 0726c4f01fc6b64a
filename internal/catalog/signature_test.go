package catalog

import (
	"fmt"
	"go/types"
	"strconv"
)

// A signature is held against a fact.
type signature struct {
	c   *Catalog
	w   *world
	f   *Fact
	sig *types.Signature
}

var errorType = types.Universe.Lookup("error").Type()

func (s *signature) check() error {
	if err := s.attributes(); err != nil {
		return err
	}
	switch s.f.Verb {
	case "acquire", "child", "open":
		t, err := s.result(s.f.Arg)
		if err != nil {
			return err
		}
		if s.f.Verb == "open" {
			return nil // gorm.Open returns a *gorm.DB, whose kind depends
		}
		return s.ofKind(t)
	case "chain":
		t, err := s.result(s.f.Arg)
		if err != nil {
			return err
		}
		return checkStructField(t, s.f.Attr["err"], errorType)
	case "release":
		return s.released()
	case "exhaust", "check", "scan":
		return s.receiverMethod()
	case "consume":
		t, err := s.param(s.f.Arg)
		if err != nil {
			return err
		}
		return s.ofKind(t)
	case "calls", "once", "retry":
		return s.function(s.f.Arg)
	case "borrow", "nilafter", "nonnilafter", "trueafter", "falseafter":
		_, err := s.param(s.f.Arg)
		return err
	case "isnil", "isnonnil":
		if _, err := s.param(s.f.Arg); err != nil {
			return err
		}
		return s.resultIs(0, types.Typ[types.Bool])
	case "derive", "nonnil":
		_, err := s.result(s.f.Arg)
		return err
	case "cancel":
		return s.cancels()
	case "samenil":
		return s.sameNil()
	case "iserr":
		n, _ := strconv.Atoi(s.f.Attr["result"])
		if err := s.paramIs(0, errorType); err != nil {
			return err
		}
		return s.resultIs(n, types.Typ[types.Bool])
	}
	return nil
}

// attributes checks the numbers of parameters and what ctx, onerr and when promise.
func (s *signature) attributes() error {
	for key, value := range s.f.Attr {
		switch key {
		case "arg", "of", "driver", "dsn", "config", "pool":
			n, err := strconv.Atoi(value)
			if err != nil {
				return fmt.Errorf("%s=%s: not a number", key, value)
			}
			if _, err := s.param(n); err != nil {
				return err
			}
		case "ctx":
			if err := s.context(value); err != nil {
				return err
			}
		case "onerr", "when":
			if s.f.Verb != "scan" && !types.Identical(s.last(), errorType) {
				return fmt.Errorf("%s=%s, but there is no error", key, value)
			}
		case "parent":
			if s.sig.Recv() == nil {
				return fmt.Errorf("parent=%s, but there is no receiver", value)
			}
			if kind, _ := s.c.KindOf(s.sig.Recv().Type()); kind == "" || kind == Pool || kind == Stmt {
				return fmt.Errorf("parent=%s, but the receiver is a %q", value, kind)
			}
		}
	}
	return nil
}

// context checks ctx=ends (some parameter is a context) and ctx=N.
func (s *signature) context(value string) error {
	ctx := s.w.objects["context.Context"].Type()
	if n, err := strconv.Atoi(value); err == nil {
		return s.paramIs(n, ctx)
	}
	for v := range s.sig.Params().Variables() {
		if types.Identical(v.Type(), ctx) {
			return nil
		}
	}
	return fmt.Errorf("ctx=%s, but no parameter is a context", value)
}

func (s *signature) result(n int) (types.Type, error) {
	if n >= s.sig.Results().Len() {
		return nil, fmt.Errorf("there is no result %d", n)
	}
	return s.sig.Results().At(n).Type(), nil
}

func (s *signature) param(n int) (types.Type, error) {
	if n >= s.sig.Params().Len() {
		return nil, fmt.Errorf("there is no parameter %d", n)
	}
	return s.sig.Params().At(n).Type(), nil
}

func (s *signature) last() types.Type {
	if n := s.sig.Results().Len(); n > 0 {
		return s.sig.Results().At(n - 1).Type()
	}
	return types.Typ[types.Invalid]
}

func (s *signature) resultIs(n int, want types.Type) error {
	t, err := s.result(n)
	if err == nil && !types.Identical(t, want) {
		err = fmt.Errorf("result %d is of type %v, not %v", n, t, want)
	}
	return err
}

func (s *signature) paramIs(n int, want types.Type) error {
	t, err := s.param(n)
	if err == nil && !types.Identical(t, want) {
		err = fmt.Errorf("parameter %d is of type %v, not %v", n, t, want)
	}
	return err
}

func (s *signature) function(n int) error {
	t, err := s.param(n)
	if err != nil {
		return err
	}
	if _, ok := t.Underlying().(*types.Signature); !ok {
		return fmt.Errorf("parameter %d is of type %v, not a function", n, t)
	}
	return nil
}

// ofKind reports an error unless t is of the fact's kind, or an interface that a
// type of that kind implements.
func (s *signature) ofKind(t types.Type) error {
	if kind, ok := s.c.KindOf(t); ok {
		if kind != s.f.Kind {
			return fmt.Errorf("%v is of kind %s", t, kind)
		}
		return nil
	}
	iface, ok := t.Underlying().(*types.Interface)
	if !ok {
		return fmt.Errorf("%v is no resource", t)
	}
	for _, f := range s.c.Facts() {
		if f.Verb == "type" && f.Kind == s.f.Kind {
			impl := s.w.objects[f.Name].Type()
			if types.Implements(impl, iface) || types.Implements(types.NewPointer(impl), iface) {
				return nil
			}
		}
	}
	return fmt.Errorf("no %s implements %v", s.f.Kind, t)
}

func (s *signature) released() error {
	if arg, ok := s.f.Attr["arg"]; ok {
		n, _ := strconv.Atoi(arg)
		t, err := s.param(n)
		if err != nil {
			return err
		}
		return s.ofKind(t)
	}
	if s.sig.Recv() == nil {
		return fmt.Errorf("is no method, and arg is missing")
	}
	recv := s.sig.Recv().Type()
	for _, f := range s.c.Facts() {
		if f.Verb == "chain" && f.Kind == s.f.Kind {
			fn := s.w.objects[f.Name].(*types.Func)
			if types.Identical(fn.Signature().Results().At(f.Arg).Type(), recv) {
				return nil
			}
		}
	}
	return s.ofKind(recv)
}

// receiverMethod checks exhaust (a bool), check (an error) and scan (an error last).
func (s *signature) receiverMethod() error {
	if s.sig.Recv() == nil {
		return fmt.Errorf("is no method")
	}
	if err := s.ofKind(s.sig.Recv().Type()); err != nil {
		return err
	}
	want := errorType
	if s.f.Verb == "exhaust" {
		want = types.Typ[types.Bool]
	}
	if !types.Identical(s.last(), want) {
		return fmt.Errorf("the last result is of type %v, not %v", s.last(), want)
	}
	return nil
}

func (s *signature) cancels() error {
	if err := s.resultIs(0, s.w.objects["context.Context"].Type()); err != nil {
		return err
	}
	t, err := s.result(s.f.Arg)
	if err != nil {
		return err
	}
	if _, ok := t.Underlying().(*types.Signature); !ok {
		return fmt.Errorf("result %d is of type %v, not a function", s.f.Arg, t)
	}
	return nil
}

func (s *signature) sameNil() error {
	if err := s.paramIs(s.f.Arg, errorType); err != nil {
		return err
	}
	return s.resultIs(0, errorType)
}
