"""What can go wrong while a question is answered. Each text names the place and the remedy."""


class BotError(Exception):
    """The bot cannot start or cannot read its own data files."""
