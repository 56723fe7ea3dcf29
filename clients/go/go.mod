module seatrial.dev/go

go 1.18
