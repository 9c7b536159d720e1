"""`python -m cxkit`: the command line."""

import sys

from cxkit.commands import main

if __name__ == "__main__":
    sys.exit(main())
