package budget

import (
	"math"
	"strconv"
)

// A Count is a number of connections, or [Unlimited].
type Count int64

// Unlimited is the Count of what nothing limits.
const Unlimited Count = -1

// Times returns c for each of n replicas.
func (c Count) Times(n int) Count {
	switch {
	case n == 0:
		return 0
	case c == Unlimited:
		return Unlimited
	case int64(c) > math.MaxInt64/int64(n):
		return math.MaxInt64
	}
	return c * Count(n)
}

// Plus returns the sum of c and d.
func (c Count) Plus(d Count) Count {
	switch {
	case c == Unlimited || d == Unlimited:
		return Unlimited
	case c > math.MaxInt64-d:
		return math.MaxInt64
	}
	return c + d
}

// String returns the number, or "unlimited".
func (c Count) String() string {
	if c == Unlimited {
		return "unlimited"
	}
	return strconv.FormatInt(int64(c), 10)
}

// MarshalJSON writes a number, or the string "unlimited".
func (c Count) MarshalJSON() ([]byte, error) {
	if c == Unlimited {
		return []byte(`"unlimited"`), nil
	}
	return strconv.AppendInt(nil, int64(c), 10), nil
}
