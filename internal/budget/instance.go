package budget

import (
	_ "embed"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"
)

//go:embed data/rds.txt
var rdsText string

// An instanceTable is the content of data/rds.txt.
type instanceTable struct {
	memory      map[string]float64        // class → GiB
	connections map[Engine]map[string]int // engine → class → max_connections
}

var rds = sync.OnceValue(func() *instanceTable {
	t, err := parseInstances("rds.txt", rdsText)
	if err != nil {
		panic(err) // the embedded file is tested
	}
	return t
})

// instanceConnections returns the default max_connections of engine on an RDS or
// Aurora instance class such as db.t3.medium. It reports nominal when the figure
// was computed from the memory that the class is sold with: the server counts
// only what the operating system and RDS leave of that, 3 to 20 % less.
func instanceConnections(engine Engine, class string) (n int, nominal bool, err error) {
	class = strings.ToLower(strings.TrimSpace(class))
	if class == "db.serverless" {
		return 0, false, fmt.Errorf("instance class %s: the limit depends on the largest capacity: state max-connections or ask the server with --dsn", class)
	}
	if n, ok := rds().connections[engine][class]; ok {
		return n, false, nil
	}
	gib, ok := rds().memory[class]
	if !ok {
		return 0, false, fmt.Errorf("instance class %q is not known%s", class, rds().suggest(class))
	}
	return formula(engine, gib*(1<<30)), true, nil
}

// formula is the default of max_connections in the parameter group of engine, for
// DBInstanceClassMemory in bytes. The formulas stand in the RDS and Aurora user
// guides; log is to base 2.
func formula(engine Engine, memory float64) int {
	switch engine {
	case Postgres, AuroraPostgres:
		return int(min(memory/9531392, 5000))
	case AuroraMySQL:
		return int(max(math.Log2(memory/805306368)*45, math.Log2(memory/8187281408)*1000))
	default: // MySQL, MariaDB
		return int(min(memory/12582880, 100000))
	}
}

// suggest names classes that were perhaps meant.
func (t *instanceTable) suggest(class string) string {
	family, _, _ := cutClass(class)
	var sizes []string
	for c := range t.memory {
		if f, _, _ := cutClass(c); f == family {
			sizes = append(sizes, c)
		}
	}
	if len(sizes) == 0 {
		return ": state max-connections instead"
	}
	slices.SortFunc(sizes, func(a, b string) int {
		return int(t.memory[a] - t.memory[b])
	})
	return ": there are " + strings.Join(sizes, ", ")
}

// cutClass cuts db.t3.medium into db.t3 and medium.
func cutClass(class string) (family, size string, ok bool) {
	i := strings.LastIndex(class, ".")
	if i < 0 {
		return class, "", false
	}
	return class[:i], class[i+1:], true
}

func parseInstances(name, text string) (*instanceTable, error) {
	t := &instanceTable{memory: map[string]float64{}, connections: map[Engine]map[string]int{}}
	for i, line := range strings.Split(text, "\n") {
		line, _, _ = strings.Cut(line, "#")
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		if err := t.parseLine(words); err != nil {
			return nil, fmt.Errorf("%s:%d: %v", name, i+1, err)
		}
	}
	return t, nil
}

func (t *instanceTable) parseLine(words []string) error {
	verb := words[0]
	var engine Engine
	switch {
	case verb == "memory" && len(words) > 2:
		words = words[1:]
	case verb == "connections" && len(words) > 3:
		engine = Engine(words[1])
		if !engine.known() {
			return fmt.Errorf("unknown engine %q", engine)
		}
		words = words[2:]
	default:
		return fmt.Errorf("%q is neither memory nor connections with a family and sizes", strings.Join(words, " "))
	}
	for _, w := range words[1:] {
		size, value, ok := strings.Cut(w, "=")
		f, err := strconv.ParseFloat(value, 64)
		if !ok || err != nil || f <= 0 {
			return fmt.Errorf("%q is not size=number", w)
		}
		t.set(engine, words[0]+"."+size, f)
	}
	return nil
}

func (t *instanceTable) set(engine Engine, class string, f float64) {
	if engine == "" {
		t.memory[class] = f
		return
	}
	if t.connections[engine] == nil {
		t.connections[engine] = map[string]int{}
	}
	t.connections[engine][class] = int(f)
}
