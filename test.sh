#!/bin/sh
# Sets up what the tests need and runs them. Usage: sh test.sh [pytest options]
set -eu
cd "$(dirname "$0")"
PYTHON=${PYTHON:-python3}
"$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Svitac needs Python 3.11 or later" >&2; exit 1; }
[ -x .venv/bin/python ] || "$PYTHON" -m venv .venv
.venv/bin/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
exec .venv/bin/python -m pytest -q -n auto "$@"
