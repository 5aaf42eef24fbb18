"""`python -m parvis` is the console."""

import sys

from parvis.console.main import main

sys.exit(main())
