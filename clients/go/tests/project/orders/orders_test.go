// Package orders marks its tests: each begins from the same state.
package orders

import (
	"database/sql"
	"os"
	"testing"

	"fixture/stock"

	"seatrial.dev/go/seatrial"
)

var db *sql.DB

func TestMain(m *testing.M) {
	db = stock.Open()
	stock.Add(db, "by TestMain")
	os.Exit(m.Run())
}

func TestFirst(t *testing.T) {
	seatrial.Test(t)
	stock.Expect(t, db, "by TestMain")
	stock.Add(db, "by the test")
	if changes := seatrial.Diff(t, "db"); len(changes) != 1 || changes[0].Op != "insert" || changes[0].After["name"] != "by the test" {
		t.Errorf("the diff is %v", changes)
	}
	t.Run("part", func(t *testing.T) {
		seatrial.Test(t)
		stock.Expect(t, db, "by TestMain, by the test")
	})
	t.Cleanup(func() { stock.Add(db, "by a clean-up") })
}

func TestSecond(t *testing.T) {
	seatrial.Test(t)
	stock.Expect(t, db, "by TestMain")
	stock.Add(db, "by the test")
	seatrial.Reset(t)
	stock.Expect(t, db, "by TestMain")
}

func TestTable(t *testing.T) {
	for _, name := range []string{"a", "b"} {
		t.Run(name, func(t *testing.T) {
			seatrial.Test(t)
			stock.Expect(t, db, "by TestMain")
			stock.Add(db, name)
		})
	}
}
