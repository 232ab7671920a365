"""The settings of Hipwise: environment variables `HIPWISE_…`, or lines in a `.env` file beside this one."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict

PROJECT = Path(__file__).resolve().parent
PREFIX = "HIPWISE_"
# A password that is guessed is worse than none: the editors' page can change what runners read.
PASSWORD_LENGTH = (12, 200)  # characters
_PASSWORD_VARIETY = 5  # different characters


class SettingsError(ValueError):
    """A setting has a value that cannot be used; the text names the variable, what is wrong and what would be right."""


class Settings(BaseSettings):
    """Every setting of Hipwise. A relative path is taken from the folder of the project, not the working folder."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_file=PROJECT / ".env", extra="ignore", frozen=True)

    corpus: Path = Field(
        default=PROJECT / "corpus",
        description="Folder of the articles (Markdown, text, HTML, Word, OpenDocument or PDF).",
    )
    index: Path = Field(
        default=PROJECT / "index",
        description="Folder of the index; `python -m ingest` makes and replaces what is in it.",
    )
    keep_generations: int = Field(
        default=3, ge=1, le=100, description="How many index generations stay on disk, the serving one included."
    )
    max_article_kb: int = Field(
        default=1024, ge=1, le=102_400, description="An article file larger than this many KiB is rejected."
    )
    review_days: int = Field(
        default=365,
        ge=1,
        le=36_500,
        description="`python -m ingest check` asks for a review of articles whose `updated` is more days ago than this.",
    )
    reading_age: int = Field(
        default=14,
        ge=5,
        le=25,
        description="`python -m ingest check` warns of sections that are harder to read than at this age, in years.",
    )
    host: str = Field(default="127.0.0.1", min_length=1, description="Address the page is served on.")
    port: int = Field(default=7860, ge=1, le=65_535, description="Port the page is served on.")
    region: Literal["uk", "us", "au", "nz", "ie", "eu", "generic"] = Field(
        default="generic",
        description="Whose emergency numbers the safety messages show: uk, us, au, nz, ie, eu or generic.",
    )
    matcher: bool = Field(
        default=True,
        description="Whether the matcher, the second net under the safety rules, reads the messages too.",
    )
    max_message_chars: int = Field(
        default=8000,
        ge=200,
        le=100_000,
        description="A longer message to the page is refused with a request to shorten it.",
    )
    llm: str = Field(
        default="",
        description="Language model that rewords answers, as provider:model, for example ollama:llama3.1; empty for none.",
    )
    llm_base_url: str = Field(
        default="", description="Address of the language model's server, where it is not the provider's own."
    )
    llm_seconds: float = Field(
        default=12,
        gt=0,
        le=120,
        description="A rewording that takes longer than this many seconds is given up for the built-in answer.",
    )
    editor_password: SecretStr = Field(
        default=SecretStr(""),
        description="Opens the editors' page at /editors; at least 12 characters. Empty: there is no such page.",
    )
    log_questions: bool = Field(
        default=False,
        description="Whether runners' questions are kept on this machine, scrubbed, for editors to see what the articles miss.",
    )
    log_days: int = Field(
        default=90,
        ge=1,
        le=366,
        description="A kept question is deleted after this many days, the day it came included.",
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="WARNING", description="How much the app writes to its log: DEBUG, INFO, WARNING or ERROR."
    )

    @field_validator("llm")
    @classmethod
    def _names_a_model(cls, value: str) -> str:
        if value and not re.fullmatch(r"[\w-]+:\S+", value):
            raise ValueError("a model is named as provider:model, as in openai:gpt-5-mini or ollama:llama3.1")
        return value

    @field_validator("llm_base_url")
    @classmethod
    def _is_an_address(cls, value: str) -> str:
        if value and not re.fullmatch(r"https?://[^\s/]\S*", value):
            raise ValueError("an address starts with http:// or https://, as in http://127.0.0.1:8080/v1")
        return value

    @field_validator("editor_password")
    @classmethod
    def _is_hard_to_guess(cls, value: SecretStr) -> SecretStr:
        password = value.get_secret_value()
        least, most = PASSWORD_LENGTH
        if password and not (least <= len(password) <= most and len(set(password)) >= _PASSWORD_VARIETY):
            raise ValueError(
                f"a password has {least} to {most} characters, {_PASSWORD_VARIETY} different ones among them, "
                "for example four words that nobody would put together"
            )
        return value

    @property
    def journal(self) -> Path:
        """The file that kept questions are in, where they are: beside the generations of the index, never in one."""
        return self.index / "questions.sqlite"

    def model_post_init(self, _context: object, /) -> None:
        """Anchor relative paths at the project's folder."""
        for name in ("corpus", "index"):
            object.__setattr__(self, name, anchored(getattr(self, name)))


def anchored(path: Path) -> Path:
    """`path` made absolute from the folder of the project, `~` expanded where it names a home folder."""
    try:
        return PROJECT / path.expanduser()
    except RuntimeError:
        return PROJECT / path


def load_settings() -> Settings:
    """Read the settings.

    Raises:
        SettingsError: a value cannot be used; the message has one line per variable.

    """
    try:
        return Settings()
    except ValidationError as error:
        raise SettingsError("\n".join(_wrong(str(item["loc"][0]), item) for item in error.errors())) from None
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"The file {PROJECT / '.env'} cannot be read ({error}). Save it as UTF-8 text.") from None


def _wrong(name: str, item: ErrorDetails) -> str:
    """One line about a value that cannot be used. A secret is not repeated."""
    field = Settings.model_fields[name]
    value = "" if field.annotation is SecretStr else f"={item['input']!r}"
    return (
        f"{PREFIX}{name.upper()}{value} cannot be used: {item['msg']}. "
        f"Mend it in the environment or in .env. It is: {field.description}"
    )
