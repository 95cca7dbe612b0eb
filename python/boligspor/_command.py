"""The ``boligspor`` command, the same as the one that cargo builds."""

from __future__ import annotations

import sys

from boligspor import _core


def main() -> int:
    """Run the command and return the exit code for the shell."""
    return _core.main(["boligspor", *sys.argv[1:]])


if __name__ == "__main__":
    sys.exit(main())
