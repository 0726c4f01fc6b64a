package calls

import (
	"go/types"
	"sync"

	"golang.org/x/tools/go/ssa"

	"github.com/connlint/connlint/internal/catalog"
)

// Names remembers the names of functions: the same few are called all over a package,
// and to build a name takes longer than to look it up. The zero Names is empty; it may
// be used by several goroutines at once.
type Names struct{ byFunc sync.Map } // *types.Func → string

// Of returns Name(c).
func (n *Names) Of(c *ssa.CallCommon) string {
	fn := Func(c)
	if fn == nil {
		return ""
	}
	return n.of(fn)
}

func (n *Names) of(fn *types.Func) string {
	if name, ok := n.byFunc.Load(fn); ok {
		return name.(string)
	}
	name := catalog.FullName(fn)
	n.byFunc.Store(fn, name)
	return name
}
