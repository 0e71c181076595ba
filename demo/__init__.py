"""The demo: a sandbox site that plays a story in fast time, for real spiders to crawl.

It imports nothing of Fenghuo's other rooms: to them it is a stranger's site on the network.
"""
