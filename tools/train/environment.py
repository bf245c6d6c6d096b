"""Says which pins of requirements.txt are not here, as JSON. Needs nothing beside Python itself."""

import json
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

OLDEST = (3, 11)


def found(name):
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def main():
    lines = (Path(__file__).parent / "requirements.txt").read_text().split()
    pins = [line.split("==") for line in lines]
    missing = [f"{name} {pin}" for name, pin in pins if found(name) != pin]
    print(json.dumps({"python": sys.version.split()[0], "isNewEnough": sys.version_info >= OLDEST, "missing": missing}))


if __name__ == "__main__":
    main()
