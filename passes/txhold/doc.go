// Package txhold finds transactions and open rows that are held while the code waits
// for something that is not the database.
//
// A transaction holds a connection of the pool and the locks it has taken; open rows
// hold a connection. If an HTTP call to a payment service, a mail server or a pause
// happens between Begin and Commit, the database waits for that service: when it takes
// thirty seconds, thirty seconds of requests queue up behind a pool whose connections
// are all "idle in transaction", and behind the rows that they have locked.
//
// Reported are HTTP requests, remote procedure calls, time.Sleep, subprocesses, mail,
// DNS and the body of a request that is still to be read, directly and through functions
// of packages that can reach a database; and a transaction that is open while values
// are sent to a channel one after another, as fast as somebody takes them. With
// -txhold.channels, so is every other channel operation that may block: most channels
// are drained by somebody who does nothing else.
//
// # Wrong
//
//	func pay(ctx context.Context, db *sql.DB, client *http.Client, req *http.Request) error {
//		tx, err := db.BeginTx(ctx, nil)
//		if err != nil {
//			return err
//		}
//		defer tx.Rollback()
//		resp, err := client.Do(req) // a connection waits for another company's server
//		if err != nil {
//			return err
//		}
//		defer resp.Body.Close()
//		if _, err := tx.ExecContext(ctx, "UPDATE bill SET paid = true"); err != nil {
//			return err
//		}
//		return tx.Commit()
//	}
//
// # Right
//
//	func pay(ctx context.Context, db *sql.DB, client *http.Client, req *http.Request) error {
//		resp, err := client.Do(req)
//		if err != nil {
//			return err
//		}
//		defer resp.Body.Close()
//		tx, err := db.BeginTx(ctx, nil)
//		if err != nil {
//			return err
//		}
//		defer tx.Rollback()
//		if _, err := tx.ExecContext(ctx, "UPDATE bill SET paid = true"); err != nil {
//			return err
//		}
//		return tx.Commit()
//	}
//
// # Limits
//
// Packages that cannot reach a database are not looked into: a mailer of your own in
// such a package is invisible, as is what is called through an interface. Pauses below
// ten milliseconds, what runs in another goroutine or only after an error further
// down, tests and commands that serve nothing are left alone, and so are dedicated
// connections and transactions that take an advisory lock or lock tables: they are held
// on purpose. Name a slow function of your own in a catalog file: slow
// example.com/mail.Send mail.
//
// # Silencing
//
// Do the slow thing before or after, with what the transaction needs in a variable; or
// write down what to do in the transaction and do it afterwards. Else:
//
//	//connlint:ignore txhold the lock has to last until the answer is there
package txhold
