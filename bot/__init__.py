"""Question to cited answer: conversation, assessment, search, composition, checks; and the page that shows it."""
