"""The articles: their list, the search in them, the reading page, and addresses that open one at a sentence."""

from bot.web.articles.links import address, href

__all__ = ["address", "href"]
