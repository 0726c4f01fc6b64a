package budget

// An Engine is the kind of database server.
type Engine string

// The engines whose limits are known.
const (
	Postgres       Engine = "postgres"
	MySQL          Engine = "mysql"
	MariaDB        Engine = "mariadb"
	AuroraPostgres Engine = "aurora-postgres"
	AuroraMySQL    Engine = "aurora-mysql"
)

var engines = []Engine{Postgres, MySQL, MariaDB, AuroraPostgres, AuroraMySQL}

func engineNames() []string {
	var names []string
	for _, e := range engines {
		names = append(names, string(e))
	}
	return names
}

func (e Engine) known() bool {
	for _, k := range engines {
		if e == k {
			return true
		}
	}
	return false
}

// reserved returns how many connections the engine keeps from ordinary users by
// default: superuser_reserved_connections is 3. MySQL and MariaDB keep none of
// max_connections back, their one connection for administrators comes on top.
func (e Engine) reserved() int {
	if e == Postgres || e == AuroraPostgres {
		return 3
	}
	return 0
}
