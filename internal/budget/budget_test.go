package budget

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

// programs are what the analysis finds in the repositories of the tests.
var programs = []Program{
	{Package: "example.com/shop/cmd/api", Pools: []Pool{
		{Name: "db", Pos: "internal/store/open.go:12", Max: 10, Why: "SetMaxOpenConns(10)"},
	}},
	{Package: "example.com/shop/cmd/report", Pools: []Pool{
		{Name: "pool", Pos: "cmd/report/main.go:20", Max: 1, Why: "pool_max_conns=1"},
	}},
	{Package: "example.com/shop/cmd/version"}, // opens nothing
}

func parseConfig(t *testing.T, text string) *Config {
	t.Helper()
	cfg := new(Config)
	dec := yaml.NewDecoder(strings.NewReader(text))
	dec.KnownFields(true)
	if err := dec.Decode(cfg); err != nil {
		t.Fatal(err)
	}
	if err := cfg.Validate(); err != nil {
		t.Fatal(err)
	}
	return cfg
}

// The two incidents of the field reports, as their authors counted them.
func TestIncidents(t *testing.T) {
	for _, tt := range []struct {
		name, config   string
		sum, available Count
	}{
		{
			// 50 lambdas x 1 + 20 tasks x 10 against max_connections = 100.
			name: "lambdas and tasks",
			config: `
max-connections: 100
workloads:
- {name: api, replicas: 20}
- {name: lambda, package: ./cmd/report, replicas: 50}`,
			sum: 250, available: 100,
		},
		{
			// Three instances of 50, the ETL and the developers: 170 against 150.
			name: "ETL and people",
			config: `
engine: mysql
instance-class: db.t2.small
workloads:
- {name: api, replicas: 3, pool: 50}
- {name: etl, connections: 10}
- {name: people, connections: 5, replicas: 2}`,
			sum: 171, available: 150, // and the report, which is a program nobody configured
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			cfg := parseConfig(t, tt.config)
			limit, ok, err := cfg.Limit()
			if err != nil || !ok {
				t.Fatal(ok, err)
			}
			b, err := New(cfg, programs, limit)
			if err != nil {
				t.Fatal(err)
			}
			if b.Sum != tt.sum || limit.Available() != tt.available {
				t.Errorf("sum %d of %d; want %d of %d", b.Sum, limit.Available(), tt.sum, tt.available)
			}
			if b.Over() <= 0 {
				t.Error("the incident keeps to the budget")
			}
		})
	}
}

// Eight instances of ten against 450 is what the third report calls healthy.
func TestHealthy(t *testing.T) {
	cfg := parseConfig(t, "max-connections: 450\nworkloads: [{name: api, replicas: 8}, {name: report, replicas: 0}]")
	limit, _, _ := cfg.Limit()
	b, err := New(cfg, programs, limit)
	if err != nil {
		t.Fatal(err)
	}
	if b.Sum != 80 || b.Over() != 0 || limit.Available()-b.Sum != 370 || limit.Allowed() != 360 {
		t.Errorf("sum %d, over %d, available %d, allowed %d", b.Sum, b.Over(), limit.Available(), limit.Allowed())
	}
}

func TestReserved(t *testing.T) {
	for config, want := range map[string]Count{
		"{max-connections: 100, engine: postgres}":                          77, // 80 % of 97
		"{max-connections: 100, engine: mysql}":                             80,
		"{max-connections: 100, engine: postgres, reserved: 10}":            72,
		"{max-connections: 100, engine: mysql, headroom: 0}":                100,
		"{max-connections: 100, engine: mysql, headroom: 12.5 %}":           87,
		"{max-connections: 2, engine: postgres}":                            0,
		"{instance-class: db.t3.medium, engine: postgres, headroom: '20%'}": 357, // 80 % of 447
	} {
		limit, ok, err := parseConfig(t, config).Limit()
		if err != nil || !ok || limit.Allowed() != want {
			t.Errorf("%s: allowed %d, %v; want %d", config, limit.Allowed(), err, want)
		}
	}
}

func TestConfigErrors(t *testing.T) {
	for text, want := range map[string]string{
		"max-connections: -1":                               "max-connections is -1",
		"{max-connections: 5, instance-class: db.t3.micro}": "both given",
		"reserved: -3":                                      "reserved is -3",
		"engine: oracle":                                    `unknown engine "oracle": it is one of postgres, mysql`,
		"headroom: 0.2":                                     "line 1: \"0.2\" is less than one percent",
		"headroom: 100%":                                    "between 0 and 100",
		"headroom: lots":                                    "not a percentage",
		"workloads: [{connections: 5}]":                     "workload 1: name is missing",
		"workloads: [{name: a, connections: 5}, {name: a, package: x}]": `workload 2: there are two workloads "a"`,
		"workloads: [{name: a, connections: 5, pool: 3}]":               "connections is for what is not code",
		"workloads: [{name: a, replicas: -1}]":                          "replicas is -1",
		"workloads: [{name: a, pools: {db: -1}}]":                       "db is -1",
	} {
		cfg := new(Config)
		err := yaml.Unmarshal([]byte(text), cfg)
		if err == nil {
			err = cfg.Validate()
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; want %q", text, err, want)
		}
	}
}

// A name in the configuration that the code does not have is a mistake, not a
// workload that opens nothing.
func TestMismatch(t *testing.T) {
	for text, want := range map[string]string{
		"workloads: [{name: web}]":                              "example.com/shop/cmd/api, example.com/shop/cmd/report",
		"workloads: [{name: api, package: ./cmd/web}]":          "package ./cmd/web opens no pool",
		"workloads: [{name: api, pools: {replica: 0, db: 10}}]": `has no pool "replica"`,
	} {
		if _, err := New(parseConfig(t, text), programs, Limit{Max: 100}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; want %q", text, err, want)
		}
	}
}

func TestMatches(t *testing.T) {
	for _, tt := range []struct {
		pkg, pattern string
		want         bool
	}{
		{"example.com/shop/cmd/api", "./cmd/api", true},
		{"example.com/shop/cmd/api", "cmd/api/", true},
		{"example.com/shop/cmd/api", "example.com/shop/cmd/api", true},
		{"example.com/shop/cmd/api", "md/api", false},
		{"example.com/shop", ".", true},
	} {
		if got := matches(tt.pkg, tt.pattern); got != tt.want {
			t.Errorf("matches(%q, %q) = %t", tt.pkg, tt.pattern, got)
		}
	}
}

func TestCount(t *testing.T) {
	const most = Count(1<<63 - 1)
	for _, tt := range []struct{ got, want Count }{
		{Count(3).Times(4), 12},
		{Count(3).Times(0), 0},
		{Unlimited.Times(0), 0},
		{Unlimited.Times(2), Unlimited},
		{most.Times(2), most},
		{most.Plus(1), most},
		{Unlimited.Plus(1), Unlimited},
		{Count(1).Plus(Unlimited), Unlimited},
	} {
		if tt.got != tt.want {
			t.Errorf("%d; want %d", tt.got, tt.want)
		}
	}
}

// The printed budgets stand in testdata, to be looked at by a person. To write
// them anew: UPDATE_GOLDEN=1 go test ./internal/budget
func TestText(t *testing.T) {
	unlimited := []Program{{Package: "example.com/shop/cmd/api", Pools: []Pool{
		{Name: "db", Pos: "cmd/api/main.go:31", Max: Unlimited, Why: "SetMaxOpenConns is never called"},
	}}}
	runtime := []Program{{Package: "example.com/shop/cmd/api", Pools: []Pool{
		{Name: "db", Pos: "cmd/api/main.go:31", Max: 1, Unknown: true, Why: "SetMaxOpenConns takes a value that is read at run time at cmd/api/main.go:33"},
	}}}
	server := &Server{
		Engine: Postgres, Version: "16.4", Max: 100, Reserved: 3, Connected: 23,
		Sessions: []Session{{"shop", "idle", 20}, {"shop", "idle in transaction", 2}, {"etl", "active", 1}},
		Notes:    []string{"role etl is limited to 5 connections"},
	}
	const workloads = "workloads: [{name: api, replicas: 20}, {name: report, replicas: 50}, {name: people, connections: 5}]"
	for _, tt := range []struct {
		name, config string
		programs     []Program
		server       *Server
	}{
		{"over", "max-connections: 100\n" + workloads, programs, nil},
		{"within", "{engine: postgres, instance-class: db.t3.medium}", programs, nil},
		{"unlimited", "{engine: mysql, max-connections: 150}", unlimited, nil},
		{"undetermined", "{engine: mysql, max-connections: 150}", runtime, nil},
		{"server", workloads, programs, server},
	} {
		t.Run(tt.name, func(t *testing.T) {
			cfg := parseConfig(t, tt.config)
			limit, _, err := cfg.Limit()
			if err != nil {
				t.Fatal(err)
			}
			if tt.server != nil {
				limit = tt.server.Limit(cfg)
			}
			b, err := New(cfg, tt.programs, limit)
			if err != nil {
				t.Fatal(err)
			}
			var text, again, object bytes.Buffer
			if err := write(&text, "text", b, tt.server); err != nil {
				t.Fatal(err)
			}
			golden(t, tt.name+".txt", text.Bytes())
			if err := write(&object, "json", b, tt.server); err != nil {
				t.Fatal(err)
			}
			golden(t, tt.name+".json", object.Bytes())
			if !json.Valid(object.Bytes()) {
				t.Error("not JSON")
			}
			if write(&again, "text", b, tt.server); again.String() != text.String() {
				t.Error("the second output differs")
			}
		})
	}
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	name = filepath.Join("testdata", name)
	if os.Getenv("UPDATE_GOLDEN") != "" {
		if err := os.WriteFile(name, got, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs:\n%s", name, got)
	}
}

// A configuration survives the way through a flag.
func TestFlag(t *testing.T) {
	for _, text := range []string{
		"",
		"{max-connections: 100}",
		"{engine: postgres, instance-class: db.t3.medium, reserved: 5, headroom: 12.5%, workloads: [{name: api, package: ./cmd/api, replicas: 0, pools: {db: 3}}, {name: etl, connections: 5}]}",
		"{max-connections: 1000, workloads: [{name: 'a: {b', connections: 1}, {name: a rather long name that a printer of lines may want to break somewhere, replicas: 3, pool: 5}]}",
	} {
		var c, again Config
		if err := c.Set(text); err != nil {
			t.Fatal(err)
		}
		if err := again.Set(c.String()); err != nil || !reflect.DeepEqual(c, again) {
			t.Errorf("%s: %v\n%+v\n%+v", c.String(), err, c, again)
		}
		if strings.Contains(c.String(), "\n") {
			t.Errorf("%q has lines", c.String())
		}
	}
	for _, text := range []string{"nonsense", "{max-connections: -1}", "{maxconnections: 1}"} {
		if err := new(Config).Set(text); err == nil {
			t.Errorf("%s is taken", text)
		}
	}
}
