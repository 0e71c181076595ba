"""Settings of a spider's process: the project's own, with only the rooms that it needs.

A run starts in a third of the time without the console and the workers. So nobody there hears
`posts_saved`; the parent, which has them all, sends it on.
"""

from config.settings import *  # noqa: F403 (all of it, but for what follows)

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "catalog",
    "crawlers",
]
LOGGING_CONFIG = None  # Scrapy's own logging writes to standard error, which the parent reads
