package lifecycle

// A summary is the fact about a function: what it does to what it is given and
// what it hands out.
type summary struct{}

func (*summary) AFact() {}
