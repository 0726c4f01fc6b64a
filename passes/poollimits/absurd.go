package poollimits

import (
	"fmt"
	"go/token"
	"time"

	"github.com/connlint/connlint/internal/pools"
)

// A fault is a limit whose value cannot be meant.
type fault struct {
	pos      token.Pos
	category string
	message  string
}

// absurd returns what cannot be meant among the limits that one function sets on
// one pool.
func absurd(c *pools.Config) []fault {
	var out []fault
	known := func(limit string) (pools.Limit, bool) {
		l, ok := c.Limits[limit]
		return l, ok && l.Known
	}
	for _, s := range c.Sets {
		switch {
		case !s.Known:
		case s.Name == pools.MaxOpen && s.Value <= 0:
			out = append(out, fault{s.Pos, "unlimited", fmt.Sprintf(
				"a maximum of %d open connections means no maximum: under load the pool opens connections until the server refuses new ones", s.Value)})
		case s.Name != pools.MaxOpen && s.Name != pools.MaxIdle && s.Value > 0 && time.Duration(s.Value) < time.Millisecond:
			out = append(out, fault{s.Pos, "unit", fmt.Sprintf(
				"a %s of %v is a number without a unit: every connection has expired before it is used again; multiply by time.Second", noun(s.Name), time.Duration(s.Value))})
		}
	}
	open, hasOpen := known(pools.MaxOpen)
	if idle, ok := known(pools.MaxIdle); ok && hasOpen && open.Value > 0 && idle.Value > open.Value {
		out = append(out, fault{idle.Pos, "idle", fmt.Sprintf(
			"%d idle connections cannot be kept of at most %d open ones: one of the two numbers is not what was meant", idle.Value, open.Value)})
	}
	check, ok := known(pools.HealthCheck)
	if life, has := known(pools.MaxLifetime); ok && has && life.Value > 0 && life.Value < check.Value {
		out = append(out, fault{life.Pos, "health", fmt.Sprintf(
			"connections expire after %v but are looked at every %v: they live longer than they are meant to", time.Duration(life.Value), time.Duration(check.Value))})
	}
	return out
}

func noun(limit string) string {
	switch limit {
	case pools.MaxIdleTime:
		return "maximum idle time"
	case pools.HealthCheck:
		return "health check period"
	}
	return "maximum lifetime"
}
