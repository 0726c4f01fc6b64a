// Package poolbudget finds programs that can open more connections than the server
// accepts.
//
// A pool of ten is small, twenty replicas of it are two hundred connections, and a
// server with max_connections of a hundred refuses every second one of them, on the day
// when the load makes the pools grow. No single file shows the sum: the pool stands in
// the code, the replicas in the deployment, the limit on the server. The rule adds up
// the pools that a main package can open, from wherever they are opened and limited,
// times the replicas, and what else connects, and holds the sum against the server's
// limit less a headroom of 20 %. A pool without a limit makes the sum infinite.
//
// The figures stand in .connlint.yml; without them nothing is reported:
//
//	poolbudget:
//	  max-connections: 100 # or engine: postgres and instance-class: db.t3.medium
//	  workloads:
//	  - {name: api, package: ./cmd/api, replicas: 20}
//	  - {name: etl, connections: 5}
//
// `connlint budget` prints the whole table, of all programs together, and can ask the
// server itself.
//
// # Wrong
//
//	func main() { // 20 replicas against max_connections = 100
//		db, err := sql.Open("pgx", os.Getenv("DATABASE_URL"))
//		if err != nil {
//			log.Fatal(err)
//		}
//		db.SetMaxOpenConns(10)
//		db.SetConnMaxLifetime(5 * time.Minute)
//		serve(db)
//	}
//
//	func serve(db *sql.DB) {
//		http.HandleFunc("/health", func(w http.ResponseWriter, r *http.Request) {
//			if err := db.PingContext(r.Context()); err != nil {
//				http.Error(w, err.Error(), http.StatusServiceUnavailable)
//			}
//		})
//		log.Fatal(http.ListenAndServe(":8080", nil))
//	}
//
// # Right
//
//	func main() {
//		db, err := sql.Open("pgx", os.Getenv("DATABASE_URL"))
//		if err != nil {
//			log.Fatal(err)
//		}
//		db.SetMaxOpenConns(3) // 20 replicas of 3 are 60 of 80
//		db.SetConnMaxLifetime(5 * time.Minute)
//		serve(db)
//	}
//
//	func serve(db *sql.DB) {
//		http.HandleFunc("/health", func(w http.ResponseWriter, r *http.Request) {
//			if err := db.PingContext(r.Context()); err != nil {
//				http.Error(w, err.Error(), http.StatusServiceUnavailable)
//			}
//		})
//		log.Fatal(http.ListenAndServe(":8080", nil))
//	}
//
// # Limits
//
// A limit that is decided at run time counts as what it is at least, until the
// configuration states it as pool or pools of the workload. A rule sees one main package
// at a time: other programs count with what the configuration says of them; the sum of
// all is what `connlint budget` prints. Databases inside the process and mocks do not
// count.
//
// # Silencing
//
// Give a pool of another server the figure 0 under pools of its workload, or raise the
// server's limit and state that. Else:
//
//	//connlint:ignore poolbudget a proxy stands before the server
package poolbudget
