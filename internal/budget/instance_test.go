package budget

import (
	"strings"
	"testing"
)

// The figures that people report for instance classes, those of the field reports
// among them ("~5205" and the like are the formula over the nominal memory).
func TestInstanceConnections(t *testing.T) {
	for _, tt := range []struct {
		engine  Engine
		class   string
		want    int
		nominal bool
	}{
		{MySQL, "db.t2.micro", 66, false},
		{MySQL, "db.t2.small", 150, false},
		{MySQL, "db.m4.large", 682, true},
		{MySQL, "db.r3.2xlarge", 5205, true},
		{MySQL, "db.t3.medium", 341, true},
		{MariaDB, "db.t3.medium", 341, true},
		{Postgres, "db.t3.micro", 112, true},
		{Postgres, "db.t3.small", 225, true},
		{Postgres, "db.t3.medium", 450, true},
		{Postgres, "db.t4g.xlarge", 1802, true},
		{Postgres, "db.r6g.large", 1802, true},
		{Postgres, "db.r5.2xlarge", 5000, true}, // LEAST(…, 5000)
		{AuroraPostgres, "db.r5.24xlarge", 5000, true},
		{AuroraMySQL, "db.t3.medium", 90, false},
		{AuroraMySQL, "db.r5.large", 1000, false},
		{AuroraMySQL, "db.r5.24xlarge", 7000, false},
		{AuroraMySQL, "db.r7i.large", 1069, true}, // the formula; documented figures are rounded down
		{AuroraMySQL, "db.t4g.xlarge", 1069, true},
		{AuroraMySQL, " DB.T3.Medium ", 90, false},
	} {
		n, nominal, err := instanceConnections(tt.engine, tt.class)
		if err != nil || n != tt.want || nominal != tt.nominal {
			t.Errorf("%s on %s: %d, nominal %t, %v; want %d, nominal %t", tt.engine, tt.class, n, nominal, err, tt.want, tt.nominal)
		}
	}
}

func TestInstanceUnknown(t *testing.T) {
	for class, want := range map[string]string{
		"db.t3.huge":    "there are db.t3.micro, db.t3.small, db.t3.medium",
		"db.q9.large":   "state max-connections",
		"db.serverless": "largest capacity",
		"":              "not known",
	} {
		_, _, err := instanceConnections(Postgres, class)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v; want %q", class, err, want)
		}
	}
}

// Each class has a plausible memory, and no documented limit is above what the
// formula gives for the nominal memory by more than rounding.
func TestInstanceTable(t *testing.T) {
	for class, gib := range rds().memory {
		if gib < 1 || gib > 4096 || !strings.HasPrefix(class, "db.") {
			t.Errorf("%s has %v GiB", class, gib)
		}
	}
	for engine, classes := range rds().connections {
		for class, n := range classes {
			gib, ok := rds().memory[class]
			if !ok {
				t.Errorf("connections %s %s: the class has no memory line", engine, class)
				continue
			}
			if most := formula(engine, gib*(1<<30)); float64(n) > 1.07*float64(most) {
				t.Errorf("connections %s %s: %d is more than the formula's %d", engine, class, n, most)
			}
		}
	}
}

func TestParseInstancesErrors(t *testing.T) {
	for _, line := range []string{
		"memory", "memory db.t3", "memory db.t3 micro", "memory db.t3 micro=x", "memory db.t3 micro=-1",
		"connections oracle db.t3 micro=1", "connections mysql db.t3", "bytes db.t3 micro=1",
	} {
		if _, err := parseInstances("x.txt", "\n"+line); err == nil || !strings.HasPrefix(err.Error(), "x.txt:2: ") {
			t.Errorf("%q: %v", line, err)
		}
	}
}
