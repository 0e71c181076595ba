"""How each shop platform's open API wants its calls signed, and how it says no.

Pure functions: a call and the moment go in, what is to be sent comes out; an answer goes in, a
`Fault` or None comes out. Nothing here sends anything.
"""
