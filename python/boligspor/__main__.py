"""``python -m boligspor`` is the ``boligspor`` command."""

import sys

from boligspor._command import main

if __name__ == "__main__":
    sys.exit(main())
