module fixture

go 1.18

require github.com/lib/pq v1.10.9

require seatrial.dev/go v0.0.0

replace seatrial.dev/go => ../..
