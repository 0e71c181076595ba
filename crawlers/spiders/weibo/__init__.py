"""Weibo: searches, the hot list, comments, and the official interface."""
