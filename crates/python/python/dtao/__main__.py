"""`python -m dtao` is the command line."""

import sys

from dtao import main

sys.exit(main())
