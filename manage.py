#!/usr/bin/env python
"""The command `fenghuo` from a checkout."""

from config.command import main

if __name__ == "__main__":
    main()
