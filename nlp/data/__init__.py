"""Word tables of the nlp room: one entry a line, `#` starts a comment."""
