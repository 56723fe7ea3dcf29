# Runs a program on a terminal of its own: `terminal.py PROGRAM ARGS...`. Lines on stdin are orders: `type HEX` (keys), `close` (the terminal goes away).
# What the terminal shows goes to stdout. Ends with the program's exit code, 128+n for signal n.
import os, pty, select, sys

pid, master = pty.fork()
if pid == 0:
    os.execvp(sys.argv[1], sys.argv[1:])

orders, rest = True, b""
while True:
    ready, _, _ = select.select([0] * orders + [master] * (master >= 0), [], [], None if master >= 0 else 0)
    if 0 in ready:
        chunk = os.read(0, 4096)
        orders = bool(chunk)
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            if line.startswith(b"type "):
                os.write(master, bytes.fromhex(line[5:].decode()))
            elif line == b"close":
                os.close(master)
                master = -1
    if master in ready:
        try:
            shown = os.read(master, 4096)
        except OSError:
            shown = b""
        if not shown:
            break
        os.write(1, shown)
    if master < 0:
        break

code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
sys.exit(code if code >= 0 else 128 - code)
