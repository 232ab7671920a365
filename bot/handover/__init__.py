"""The hand-over "For my physio": a conversation on one page, for a runner to edit, save and take along.

`draft` makes it from what was told, `markdown` and `pdf` write it. Nothing is stored.
"""
