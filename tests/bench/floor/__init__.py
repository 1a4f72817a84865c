"""The floor under our pages: what a page of the same size costs on the same server, with the usual middlewares, one
session look-up, three queries and about forty translated words, and nothing else.
"""
