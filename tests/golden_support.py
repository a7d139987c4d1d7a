"""Golden examples: a payload, and beside it what a parser makes of it, reviewed by a person.

``tests/golden/<kind>/<name>.<ext>`` is read, the result compared with ``<name>.expected.json``. Where that is missing it
is written and the test fails: read the new file, compare it with the payload, and only then commit it. To take a
change of a parser over, delete the file and run the test again.
"""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parent / "golden"


def plain(value: object) -> Any:
    """A value as JSON has it: of dataclasses only the fields that differ from their default, so that files stay short."""
    if is_dataclass(value) and not isinstance(value, type):
        kept = ((field, getattr(value, field.name)) for field in fields(value))
        return {field.name: plain(content) for field, content in kept if content != field.default}
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    return str(value) if isinstance(value, str) else value


def check(kind: str, name: str, result: object) -> None:
    """Compares ``result`` with the reviewed file; writes it, and fails, where there is none."""
    file = FOLDER / kind / f"{name}.expected.json"
    found = plain(result)
    if not file.exists():
        file.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        pytest.fail(f"{file.name} was written: review it against the payload, then commit it")
    assert found == json.loads(file.read_text(encoding="utf-8"))
