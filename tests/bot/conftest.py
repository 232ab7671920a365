"""What tests of the bot share: a bot on the project's own articles, without the matcher."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.chain import Bot
from guardrails import Guardrails
from ingest.encoder import Encoder
from ingest.library import Library


@pytest.fixture(scope="module")
def bot(real_index: Path) -> Iterator[Bot]:
    bot = Bot(Library(real_index), Guardrails.load(region="uk"), Encoder())
    yield bot
    bot.library.close()
