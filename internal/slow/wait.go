package slow

import (
	"fmt"
	"go/constant"
	"go/token"
	"go/types"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/tools/go/ssa"

	"github.com/connlint/connlint/internal/calls"
)

// direct returns what a call itself waits for, or nil.
func (f *finder) direct(call ssa.CallInstruction) *waits {
	switch call.(type) {
	case *ssa.Go, *ssa.Defer:
		return nil
	}
	c := call.Common()
	obj := calls.Func(c)
	if obj == nil {
		return nil
	}
	name := f.ssa.NameOf(c)
	for _, fact := range f.ssa.Catalog.Lookup(name, "slow") {
		if name == "time.Sleep" && short(c.Args[0]) {
			return nil
		}
		return &waits{Word: Word(fact.Word)}
	}
	sig := c.Signature()
	switch {
	case takesCallOptions(sig) || isConnectClient(c):
		return &waits{Word: GRPC}
	case readsBody(c, name):
		return &waits{Word: Body}
	}
	return f.client(obj, sig)
}

// client returns the wait of a method of a generated service client.
func (f *finder) client(obj *types.Func, sig *types.Signature) *waits {
	if obj.Signature().Recv() == nil || obj.Pkg() == nil || !takesContext(sig) || !calls.ReturnsError(sig) {
		return nil
	}
	path := obj.Pkg().Path()
	for _, fact := range f.clients {
		if path == fact.Name || strings.HasPrefix(path, fact.Name+"/") {
			return &waits{Word: Word(fact.Word)}
		}
	}
	return nil
}

// short reports whether a pause is known to be below ten milliseconds.
func short(d ssa.Value) bool {
	c, ok := d.(*ssa.Const)
	if !ok || c.Value == nil {
		return false
	}
	n, exact := constant.Int64Val(c.Value)
	return exact && n < 10_000_000
}

func takesContext(sig *types.Signature) bool {
	return sig.Params().Len() > 0 && isNamed(sig.Params().At(0).Type(), "context", "Context")
}

// takesCallOptions reports whether a function is one that protoc-gen-go-grpc makes
// for clients: its last parameter is ...grpc.CallOption.
func takesCallOptions(sig *types.Signature) bool {
	if !sig.Variadic() {
		return false
	}
	last, ok := sig.Params().At(sig.Params().Len() - 1).Type().(*types.Slice)
	return ok && isNamed(last.Elem(), "google.golang.org/grpc", "CallOption") && takesContext(sig)
}

// isConnectClient reports whether a call is one of an interface FooClient that
// protoc-gen-connect-go makes.
func isConnectClient(c *ssa.CallCommon) bool {
	if !c.IsInvoke() || c.Signature().Params().Len() != 2 || !takesContext(c.Signature()) {
		return false
	}
	named, ok := types.Unalias(c.Value.Type()).(*types.Named)
	if !ok || !strings.HasSuffix(named.Obj().Name(), "Client") {
		return false
	}
	return isNamed(c.Signature().Params().At(1).Type(), "connectrpc.com/connect", "Request")
}

// isNamed reports whether t, or what it points to, is the named type.
func isNamed(t types.Type, pkg, name string) bool {
	t = types.Unalias(t)
	if p, ok := t.(*types.Pointer); ok {
		t = types.Unalias(p.Elem())
	}
	named, ok := t.(*types.Named)
	return ok && named.Obj().Name() == name && named.Obj().Pkg() != nil && named.Obj().Pkg().Path() == pkg
}

// readsBody reports whether a call reads the body of a request: as fast as the client
// cares to send it.
//
//	io.ReadAll(r.Body)
//	json.NewDecoder(r.Body).Decode(&v)
func readsBody(c *ssa.CallCommon, name string) bool {
	switch name {
	case "io.ReadAll", "io/ioutil.ReadAll":
		return isBody(c.Args[0])
	case "io.Copy":
		return isBody(c.Args[1])
	case "(*encoding/json.Decoder).Decode", "(*encoding/xml.Decoder).Decode", "(*encoding/gob.Decoder).Decode":
		dec, ok := c.Args[0].(*ssa.Call)
		return ok && len(dec.Call.Args) > 0 && isBody(dec.Call.Args[0])
	case "(*net/http.Request).ParseMultipartForm":
		return true
	}
	return false
}

// isBody reports whether v is the field Body of an *http.Request, in a reader that
// limits it perhaps.
func isBody(v ssa.Value) bool {
	switch v := v.(type) {
	case *ssa.ChangeInterface:
		return isBody(v.X)
	case *ssa.MakeInterface:
		return isBody(v.X)
	case *ssa.Call:
		switch calls.Name(&v.Call) {
		case "net/http.MaxBytesReader":
			return isBody(v.Call.Args[1])
		case "io.LimitReader", "bufio.NewReader":
			return isBody(v.Call.Args[0])
		}
	case *ssa.UnOp:
		addr, ok := v.X.(*ssa.FieldAddr)
		if !ok || !isNamed(addr.X.Type(), "net/http", "Request") {
			return false
		}
		st := addr.X.Type().Underlying().(*types.Pointer).Elem().Underlying().(*types.Struct)
		return st.Field(addr.Field).Name() == "Body"
	}
	return false
}

// mayBlock reports whether a channel operation can wait for long: not if the channel
// was made here with room, or is one that only says that something has ended.
func (f *finder) mayBlock(instr ssa.Instruction) bool {
	switch instr := instr.(type) {
	case *ssa.Send:
		return !buffered(instr.Chan)
	case *ssa.UnOp:
		return instr.Op == token.ARROW && !buffered(instr.X)
	case *ssa.Select:
		for _, st := range instr.States {
			if buffered(st.Chan) {
				return false
			}
		}
		return true
	}
	return false
}

// sends reports whether a channel operation can be a send.
func sends(instr ssa.Instruction) bool {
	switch instr := instr.(type) {
	case *ssa.Send:
		return true
	case *ssa.Select:
		return slices.ContainsFunc(instr.States, func(s *ssa.SelectState) bool { return s.Dir == types.SendOnly })
	}
	return false
}

// inLoop reports whether b can run again after it has run.
func inLoop(b *ssa.BasicBlock) bool {
	seen := map[*ssa.BasicBlock]bool{}
	work := slices.Clone(b.Succs)
	for len(work) > 0 {
		s := work[len(work)-1]
		work = work[:len(work)-1]
		if s == b {
			return true
		}
		if !seen[s] {
			seen[s] = true
			work = append(work, s.Succs...)
		}
	}
	return false
}

// buffered reports whether a channel was made by this function, or the one around
// it, with room for at least one.
func buffered(ch ssa.Value) bool {
	switch ch := ch.(type) {
	case *ssa.MakeChan:
		c, ok := ch.Size.(*ssa.Const)
		return !ok || c.Int64() > 0
	case *ssa.ChangeType:
		return buffered(ch.X)
	case *ssa.UnOp:
		alloc, ok := ch.X.(*ssa.Alloc)
		if !ok {
			return false
		}
		for _, ref := range *alloc.Referrers() {
			if st, ok := ref.(*ssa.Store); ok && st.Addr == alloc && buffered(st.Val) {
				return true
			}
		}
	}
	return false
}

// failingBlocks returns the blocks that run only after an error was found.
func failingBlocks(fn *ssa.Function) map[*ssa.BasicBlock]bool {
	failing := map[*ssa.BasicBlock]bool{}
	for _, b := range fn.Blocks {
		i, ok := failingSide(b)
		if !ok || len(b.Succs[i].Preds) != 1 {
			continue
		}
		for _, d := range fn.Blocks {
			if b.Succs[i].Dominates(d) {
				failing[d] = true
			}
		}
	}
	return failing
}

// failingSide returns the successor of b taken when an error is not nil.
func failingSide(b *ssa.BasicBlock) (int, bool) {
	cond, ok := b.Instrs[len(b.Instrs)-1].(*ssa.If)
	if !ok {
		return 0, false
	}
	cmp, ok := cond.Cond.(*ssa.BinOp)
	if !ok || !types.Identical(cmp.X.Type(), calls.ErrorType) {
		return 0, false
	}
	if c, isConst := cmp.Y.(*ssa.Const); !isConst || !c.IsNil() {
		return 0, false
	}
	switch cmp.Op {
	case token.NEQ:
		return 0, true
	case token.EQL:
		return 1, true
	}
	return 0, false
}

// site returns a position as facts carry it: file.go:12.
func (f *finder) site(pos token.Pos) string {
	p := f.pass.Fset.Position(pos)
	return fmt.Sprintf("%s:%d", filepath.Base(p.Filename), p.Line)
}
