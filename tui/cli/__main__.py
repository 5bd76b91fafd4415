"""`python -m tui.cli` is `raytasks-tui`."""

import sys

from tui.cli.entry import main

sys.exit(main())
