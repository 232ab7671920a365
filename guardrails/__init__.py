"""Hipwise's safety layer: reads what a runner reports and recommends professional assessment at a red flag.

Deterministic, without a model, without the network. See ``guardrails.engine.Guardrails``.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from guardrails.engine import Guardrails, Trace
    from guardrails.levels import Assessment, Flag, Level, Notice, Phone, Verdict
    from guardrails.schema import RuleError

__all__ = ["Assessment", "Flag", "Guardrails", "Level", "Notice", "Phone", "RuleError", "Trace", "Verdict"]

_HOMES = {"Guardrails": "engine", "Trace": "engine", "RuleError": "schema"}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES.get(name, 'levels')}"), name)
