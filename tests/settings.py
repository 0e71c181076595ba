"""Settings of the tests: the project's own, over a data directory that nothing else uses.

pytest-django loads settings before any conftest, so what they read is put in place here.
"""

import atexit
import os
import shutil
import tempfile

# What names the test servers is no setting of Fenghuo, which refuses names it does not know.
for _name in ("FENGHUO_TEST_DATABASE_URL", "FENGHUO_TEST_REDIS_URL"):
    if _name in os.environ:
        os.environ[_name.removeprefix("FENGHUO_")] = os.environ.pop(_name)
if "FENGHUO_DATA_DIR" not in os.environ:
    os.environ["FENGHUO_DATA_DIR"] = tempfile.mkdtemp(prefix="fenghuo-tests-")
    atexit.register(shutil.rmtree, os.environ["FENGHUO_DATA_DIR"], ignore_errors=True)
os.environ.setdefault("FENGHUO_SECRET_KEY", "a key for tests only, as long as Django asks for")

from config.settings import *  # noqa: E402, F403  (after the environment, all of it)

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

# Commands that tests start are the real thing: they get the project's settings, not these.
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
