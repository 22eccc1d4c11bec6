"""Tells the world, which cannot be undone: appends the groups' cards to published.md. After a crash it is not begun again by itself."""

import os
from pathlib import Path

from cellar import files


def main() -> None:
    cards = sorted(path.read_text() for path in files.path("cards").rglob("*") if path.is_file())
    target = Path("published.md")
    with target.open("a") as file:
        file.write(f"# Run {os.environ['MARTLET_RUN']}\n\n" + "\n".join(cards) + "\n")
    files.write("receipt", {"run": os.environ["MARTLET_RUN"], "cards": len(cards)})
    print(f"{len(cards)} cards are in {target}")


if __name__ == "__main__":
    main()
