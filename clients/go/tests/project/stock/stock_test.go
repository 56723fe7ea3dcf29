// The tests of this package know nothing of Seatrial: they have a database of their own, and nothing is taken back between them.
package stock

import (
	"testing"
)

func TestWrites(t *testing.T) {
	db := Open()
	Expect(t, db, "")
	Add(db, "by stock")
}

func TestFindsWhatTheFirstWrote(t *testing.T) {
	Expect(t, Open(), "by stock")
}
