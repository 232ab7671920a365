"""Reading YAML rule files, and saying exactly where one is wrong.

Files are read with libyaml, which is fast but forgets line numbers. Only when something is wrong is the file read a
second time, as a tree of nodes, to find the line.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import yaml

DATA = Path(__file__).parent / "data"


class RuleError(Exception):
    """A rule file cannot be used.

    Attributes:
        file: the file.
        line: 1-based line, or 0 when the file as a whole is meant.
        what: what is wrong.
        remedy: the edit that mends it.

    """

    def __init__(self, file: Path | str, line: int, what: str, remedy: str) -> None:
        super().__init__(f"{file}:{line}: {what}. {remedy}")
        self.file = Path(file)
        self.line = line
        self.what = what
        self.remedy = remedy


def read(file: Path) -> dict[str, Any]:
    """Read a YAML file whose top is a mapping.

    Raises:
        RuleError: if the file is missing, not UTF-8, not YAML, has a key twice, or holds no mapping.

    """
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        raise RuleError(file, 0, f"cannot be read ({error.strerror})", "Restore the file") from error
    except UnicodeDecodeError as error:
        raise RuleError(file, 0, "is not UTF-8", "Save it as UTF-8") from error
    import yaml  # not at a start from what is prepared

    try:
        data = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - both are safe
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        raise RuleError(file, line, f"is not valid YAML ({error.problem})", "Mend the line") from error
    except yaml.YAMLError as error:
        raise RuleError(file, 0, "is not valid YAML", "Mend the file") from error
    if not isinstance(data, dict):
        raise RuleError(file, 1, "must hold keys and values", "Start the file with 'schema: 1'")
    if data.get("schema") != 1:
        raise RuleError(file, 1, f"has schema {data.get('schema')!r}", "Write 'schema: 1' at its top")
    return data


def compose(text: str) -> yaml.Node | None:
    """YAML as a tree of nodes with their lines. Raises yaml.YAMLError."""
    import yaml

    return yaml.compose(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))


def line_of(file: Path, path: Sequence[str | int], offset: int = 0) -> int:
    """Return the 1-based line of the value at ``path`` (keys and list positions) in ``file``.

    For a line inside a literal block (``key: |``), ``offset`` is the 1-based position of that line in the block. The
    nearest enclosing line is returned when the path does not exist; 0 when the file cannot be read.
    """
    import yaml

    try:
        node = compose(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        return 0
    line = 1
    for step in path:
        if isinstance(node, yaml.MappingNode):
            pair = next(((key, value) for key, value in node.value if key.value == str(step)), None)
            if pair is None:
                return line
            line, node = pair[0].start_mark.line + 1, pair[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
            line = node.start_mark.line + 1
        else:
            return line
    if isinstance(node, yaml.ScalarNode) and node.style in ("|", ">"):
        return node.start_mark.line + 1 + offset
    return line


def fail(file: Path, path: Sequence[str | int], what: str, remedy: str, offset: int = 0) -> RuleError:
    """Build the error for the value at ``path``, with its line."""
    return RuleError(file, line_of(file, path, offset), what, remedy)


def duplicates(file: Path) -> list[tuple[int, str]]:
    """Return (line, key) of every key that stands twice in one mapping: YAML would silently keep the last."""
    import yaml

    found: list[tuple[int, str]] = []

    def walk(node: Any) -> None:
        if isinstance(node, yaml.MappingNode):
            seen: set[str] = set()
            for key, value in node.value:
                if key.value in seen:
                    found.append((key.start_mark.line + 1, str(key.value)))
                seen.add(str(key.value))
                walk(value)
        elif isinstance(node, yaml.SequenceNode):
            for value in node.value:
                walk(value)

    walk(compose(file.read_text(encoding="utf-8")))
    return found


def lines(block: Any) -> list[tuple[int, str]]:
    """Split a literal block into (1-based position, pattern), leaving out blank lines."""
    return [(number, line.strip()) for number, line in enumerate(str(block).split("\n"), 1) if line.strip()]


def keys(
    file: Path,
    path: Sequence[str | int],
    value: Any,
    known: frozenset[str],
    required: frozenset[str] = frozenset(),
) -> dict[str, Any]:
    """Check that ``value`` is a mapping with only ``known`` keys and all ``required`` ones, and return it.

    Raises:
        RuleError: with the line of the first wrong key.

    """
    if not isinstance(value, dict):
        raise fail(file, path, f"{'.'.join(map(str, path)) or 'the file'} must be keys and values", "Write a mapping")
    for key in value:
        if key not in known:
            raise fail(file, [*path, str(key)], f"unknown key {key!r}", f"Use one of {', '.join(sorted(known))}")
    for key in sorted(required):
        if value.get(key) in (None, "", [], {}):
            raise fail(file, path, f"{path[-1] if path else 'the file'} has no {key!r}", f"Add '{key}:'")
    return value
