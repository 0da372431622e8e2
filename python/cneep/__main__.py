"""Start the command `cneep` by `python -m cneep`."""

from ._command import main

main()
