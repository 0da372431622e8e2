"""Start the command `cneep`."""

from __future__ import annotations

import sys


def main() -> None:
    """Runs the command with the arguments of this process, and exits with its code."""
    from ._native import main as run

    sys.exit(run(["cneep", *sys.argv[1:]]))


if __name__ == "__main__":
    main()
