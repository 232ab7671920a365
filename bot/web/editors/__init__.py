"""The editors' page at /editors: articles, publishing, upload, trying things out, content gaps; behind a password."""
