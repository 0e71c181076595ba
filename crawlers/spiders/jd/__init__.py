"""JD's public interfaces: they often refuse callers without a login, so they are off by default."""
