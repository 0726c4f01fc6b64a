package budget

import (
	"fmt"
	"math"
)

// A Limit is what a server accepts.
type Limit struct {
	Max      int     `json:"max_connections"`
	Reserved int     `json:"reserved"` // of Max, not for workloads
	Headroom Percent `json:"headroom_percent"`
	// Source says where Max comes from.
	Source string `json:"source"`
	// Nominal reports that Max was computed from the memory of an instance class
	// and the server accepts somewhat less.
	Nominal bool `json:"nominal,omitempty"`
}

// Available returns how many connections workloads can have at all.
func (l Limit) Available() Count { return Count(max(0, l.Max-l.Reserved)) }

// Allowed returns how many connections workloads should be able to open: the
// available ones less the headroom, rounded down.
func (l Limit) Allowed() Count {
	return Count(math.Floor(float64(l.Available())*(100-float64(l.Headroom))/100 + 1e-9))
}

// Limit returns the limit that the configuration states. It reports false if it
// states none.
func (c *Config) Limit() (Limit, bool, error) {
	l := Limit{Headroom: c.headroom(), Reserved: c.reserved(c.Engine)}
	switch {
	case c.MaxConnections > 0:
		l.Max, l.Source = c.MaxConnections, "max_connections as stated"
		return l, true, nil
	case c.InstanceClass != "":
		if c.Engine == "" {
			return l, false, fmt.Errorf("instance class %s: the limit depends on the engine: state one of %v", c.InstanceClass, engineNames())
		}
		n, nominal, err := instanceConnections(c.Engine, c.InstanceClass)
		if err != nil {
			return l, false, err
		}
		l.Max, l.Nominal, l.Source = n, nominal, fmt.Sprintf("default of %s on %s", c.Engine, c.InstanceClass)
		return l, true, nil
	}
	return l, false, nil
}

func (c *Config) headroom() Percent {
	if c.Headroom == nil {
		return DefaultHeadroom
	}
	return *c.Headroom
}

func (c *Config) reserved(e Engine) int {
	if c.Reserved == nil {
		return e.reserved()
	}
	return *c.Reserved
}
