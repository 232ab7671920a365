"""Journal: what runners asked, kept on this machine without a word that says who they are, for editors to see what is missing.

Off unless `HIPWISE_LOG_QUESTIONS=1`. What is kept, for how long, and what never is: `bot/journal/README.md`.
"""

from bot.journal.gaps import Gap, to_dict, write_csv
from bot.journal.store import REASONS, Conversation, Journal, JournalError, journal_for

__all__ = ["REASONS", "Conversation", "Gap", "Journal", "JournalError", "journal_for", "to_dict", "write_csv"]
