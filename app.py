"""The web app's entry: reads the settings, opens the bot, serves the page."""

from __future__ import annotations

import argparse
import logging
import os
import socket
import sys

# Set before Gradio is imported: nothing about a visit or a question leaves this machine.
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
os.environ["HF_HUB_OFFLINE"] = "1"
# Gradio looks at its own page while it starts; a proxy for the outside must not be asked for that.
for _name in ("NO_PROXY", "no_proxy"):
    os.environ[_name] = ",".join(filter(None, [os.environ.get(_name), "127.0.0.1", "localhost", "::1"]))

from settings import Settings, SettingsError, load_settings  # noqa: E402 - the lines above must come first


def main() -> int:
    """Serve the page until stopped; returns the exit code."""
    argparse.ArgumentParser(
        prog="python app.py", description="Serve the page. Settings are environment variables: see README.md."
    ).parse_args()
    try:
        settings = load_settings()
    except SettingsError as error:
        return _refuse(str(error))
    logging.basicConfig(level=settings.log_level, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    taken = _port_problem(settings)
    if taken:
        return _refuse(taken)

    from bot.errors import BotError
    from guardrails import RuleError
    from ingest.errors import IngestError

    try:
        from bot.chain import Bot

        bot = Bot.open(settings)
    except (BotError, IngestError, RuleError) as error:
        return _refuse(str(error))

    from bot.web.serve import serve

    try:
        serve(bot, settings)
    except BotError as error:
        return _refuse(str(error))
    return 0


def _refuse(text: str) -> int:
    sys.stderr.write(f"Hipwise did not start. {text}\n")
    return 2


def _port_problem(settings: Settings) -> str | None:
    """Why the page cannot be served at the configured address, or None."""
    place = f"{settings.host}:{settings.port}"
    try:
        family = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM)[0][0]
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            if (
                os.name == "posix"
            ):  # a port in its closing wait is free for us; on Windows the option means something else
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((settings.host, settings.port))
    except (OSError, UnicodeError) as error:
        what = getattr(error, "strerror", None) or error
        return (
            f"The page cannot be served at {place} ({what}). Another program may use the port: "
            "set HIPWISE_PORT to another, for example 7861, or mend HIPWISE_HOST."
        )
    return None


if __name__ == "__main__":
    sys.exit(main())
