#!/bin/sh
# What `go test` and `go run` have built is started through this (GOFLAGS=-exec). Test binaries get a lease, everything else is started as it is.
case $1 in
  *.test) ;;
  *) exec "$@" ;;
esac
case $SEATRIAL_LEASE in
  "$SEATRIAL_SESSION"/?*) exec "$@" ;;
esac
if [ -z "$SEATRIAL_CONTROL_SOCKET" ] || [ "${SEATRIAL_ISOLATION:-run}" = run ]; then exec "$@"; fi
exec "${SEATRIAL_NODE:-node}" "${0%/*}/go-exec.mjs" "$@"
