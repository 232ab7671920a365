"""The pages of the articles: a list with a search, and each article to read."""
