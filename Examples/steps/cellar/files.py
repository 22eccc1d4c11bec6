"""The files of a step: the environment variable of an input's or output's name holds its path."""

import json
import os
from pathlib import Path
from typing import Any


def path(name: str) -> Path:
    return Path(os.environ[name])


def read(name: str) -> Any:
    return json.loads(path(name).read_text())


def read_all(name: str) -> list[Any]:
    """The input that joins the instances of a step: a folder with an entry for each."""
    return [json.loads(entry.read_text()) for entry in sorted(path(name).rglob("*")) if entry.is_file()]


def write(name: str, value: Any) -> None:
    path(name).write_text(json.dumps(value, indent=1) + "\n")
