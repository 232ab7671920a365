"""Entry of ``python -m guardrails``."""

from guardrails.cli import main

if __name__ == "__main__":
    main()
