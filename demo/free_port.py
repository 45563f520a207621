#!/usr/bin/env python3
"""usage: free_port.py FILE: prints a free port of 127.0.0.1, the one that FILE names when that is free;
FILE names it from then on."""
import pathlib
import socket
import sys


def free_port(wanted):
    """The wanted port, 0 for any; None when it is taken."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # what has just ended is no hindrance
        try:
            probe.bind(("127.0.0.1", wanted))
        except (OSError, OverflowError):
            return None
        return probe.getsockname()[1]


def kept_port(file):
    try:
        return int(file.read_text())
    except (OSError, ValueError):
        return 0


def main():
    file = pathlib.Path(sys.argv[1])
    port = free_port(kept_port(file)) or free_port(0)
    file.write_text(f"{port}\n")
    print(port)


if __name__ == "__main__":
    main()
