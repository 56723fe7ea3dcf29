// The tests of this package know nothing of Seatrial: they have a database of their own, and nothing is taken back between them.
package plain

import (
	"testing"

	"fixture/stock"
)

func TestWrites(t *testing.T) {
	db := stock.Open()
	stock.Expect(t, db, "")
	stock.Add(db, "by plain")
}

func TestFindsWhatTheFirstWrote(t *testing.T) {
	stock.Expect(t, stock.Open(), "by plain")
}
