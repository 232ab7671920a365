"""Articles in, an index generation out: read, split, embed, build, verify, swap.

The read side (`ingest.library`) is what the bot uses; everything that writes is behind `python -m ingest`.
"""
