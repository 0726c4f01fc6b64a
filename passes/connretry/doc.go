// Package connretry finds connection errors that the code does not survive.
//
// A database restarts, fails over, or is up thirty seconds after the program that
// needs it. Every connection of that moment is lost, and what happens then is
// decided by code that no test runs: a server that exits because its first ping
// failed is a crash loop for as long as the database takes; a loop that goes on
// trying with the transaction that was lost can never succeed again, however often
// it tries. database/sql itself retries only a stale connection of its pool, and only
// before anything was sent.
//
// Each category is switched by name in -connretry.on; those with (on) are the
// default:
//
//   - startup (on): the first contact with the database is tried once, where the pool
//     of the program is opened, or where the process ends when it fails.
//   - dead (on): a retry goes on with the transaction or connection that was lost.
//   - match: a lost connection is recognised by the text of its error, or by ==
//     with an error that comes wrapped.
//   - storm: a retry with neither a pause nor an end.
//   - once: a request takes a transaction or a connection with no retry on the way
//     from its handler. True of most programs, and most mean it so, also those that
//     have a retry helper: for those that must not lose a request.
//   - blind: a write is done again whatever the error was, also when it may have
//     happened.
//   - single: a connection outside any pool is kept for as long as the program runs,
//     with nothing that replaces it.
//
// # Wrong
//
//	func open(dsn string) *sql.DB {
//		db, err := sql.Open("pgx", dsn)
//		if err != nil {
//			log.Fatal(err)
//		}
//		if err := db.Ping(); err != nil {
//			log.Fatal(err) // the database is not up yet
//		}
//		return db
//	}
//
//	func pay(ctx context.Context, tx *sql.Tx, id int) (err error) {
//		for range 3 {
//			if _, err = tx.ExecContext(ctx, "UPDATE bill SET paid = true WHERE id = $1", id); err == nil {
//				return nil
//			}
//			time.Sleep(time.Second) // a transaction that failed stays failed
//		}
//		return err
//	}
//
// # Right
//
//	func open(ctx context.Context, dsn string) (*sql.DB, error) {
//		db, err := sql.Open("pgx", dsn)
//		if err != nil {
//			return nil, err
//		}
//		for pause := time.Second; ; pause = min(2*pause, 30*time.Second) {
//			if err = db.PingContext(ctx); err == nil {
//				return db, nil
//			}
//			select {
//			case <-time.After(pause):
//			case <-ctx.Done():
//				return nil, errors.Join(err, db.Close())
//			}
//		}
//	}
//
//	func pay(ctx context.Context, db *sql.DB, id int) (err error) {
//		for range 3 {
//			if err = payOnce(ctx, db, id); err == nil {
//				return nil
//			}
//			time.Sleep(time.Second)
//		}
//		return err
//	}
//
//	func payOnce(ctx context.Context, db *sql.DB, id int) error {
//		tx, err := db.BeginTx(ctx, nil)
//		if err != nil {
//			return err
//		}
//		defer tx.Rollback()
//		if _, err := tx.ExecContext(ctx, "UPDATE bill SET paid = true WHERE id = $1", id); err != nil {
//			return err
//		}
//		return tx.Commit()
//	}
//
// # Limits
//
// What is retried is found by shape (a loop that turns on failure only), by fact (a
// function of yours that runs its argument again), by the catalog (the well-known
// retry libraries) and, for packages that cannot reach a database and are therefore
// not analyzed, by name. A function that opens what its callers tell it to leaves the
// retry to them, and is reported where its failure ends the process; one that knows itself
// what to open (from its receiver, the environment, a configuration) is reported on the
// spot, also if a caller in another package tries again: the retry belongs next to the
// contact. Commands that serve nothing, tests, and databases inside the process or behind
// an unknown driver are left alone, and so is a retry whose loop looks at the error: it may
// know that the transaction lives. match, storm, blind and single are off because on the
// code they were measured on too many of their reports were of what cannot be done
// otherwise (a driver's error without a type), or is meant.
//
// # Silencing
//
// Move the retry to where the contact is, or let the orchestrator do the restarting
// on purpose and say so:
//
//	//connlint:ignore connretry the process is restarted until the database is there
package connretry
