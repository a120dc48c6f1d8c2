"""`python -m dh_kernel.cli`."""

import sys

from .main import main

sys.exit(main())
