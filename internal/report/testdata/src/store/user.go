package store

import "database/sql"

// Names lists the users called ü.
func Names(db *sql.DB) ([]string, error) {
	rows, err := db.Query("SELECT name FROM users WHERE name = 'ü'") // 日本 a comment
	if err != nil {
		return nil, err
	}
	var out []string
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, rows.Err()
}
