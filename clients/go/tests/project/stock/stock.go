// Package stock is what the tests of this module look at.
package stock

import (
	"database/sql"
	"os"
	"testing"

	_ "github.com/lib/pq"
)

func Open() *sql.DB {
	db, err := sql.Open("postgres", os.Getenv("DATABASE_URL")+"?sslmode=disable")
	if err != nil {
		panic(err)
	}
	return db
}

func Add(db *sql.DB, name string) {
	if _, err := db.Exec("insert into stock values ($1)", name); err != nil {
		panic(err)
	}
}

func Names(db *sql.DB) string {
	var names string
	if err := db.QueryRow("select coalesce(string_agg(name, ', ' order by name), '') from stock").Scan(&names); err != nil {
		panic(err)
	}
	return names
}

func Expect(t *testing.T, db *sql.DB, names string) {
	t.Helper()
	if seen := Names(db); seen != names {
		t.Errorf("in stock is %q, and not %q", seen, names)
	}
}
