"""How much memory a spider's process holds, watched by Scrapy's own extension."""

import resource
from pathlib import Path

from scrapy.extensions.memusage import MemoryUsage

_STATUS = Path("/proc/self/statm")


class ResidentMemory(MemoryUsage):
    """Ends a run whose process holds more than MEMUSAGE_LIMIT_MB.

    Scrapy asks for the most that was ever held, and Linux hands that figure on through exec: a
    spider started by a large process would end before its first request.
    """

    def get_virtual_size(self) -> int:
        """Return the bytes that are resident now; the most ever where Linux does not tell."""
        try:
            pages = int(_STATUS.read_text().split()[1])
        except (OSError, ValueError, IndexError):
            return int(super().get_virtual_size())
        return pages * resource.getpagesize()
