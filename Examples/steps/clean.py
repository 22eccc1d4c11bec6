"""Reads the measurements and brings them to one scale."""

from cellar import files, table


def main() -> None:
    wines = table.scaled(files.path("wines"))
    files.write("table", wines)
    print(f"{len(wines['points'])} wines, {len(wines['names'])} measurements")


if __name__ == "__main__":
    main()
