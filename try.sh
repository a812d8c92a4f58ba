#!/bin/sh
# Installs Svitac into .venv, checks the bundled sample and opens the report. Usage: sh try.sh
set -eu
cd "$(dirname "$0")"
PYTHON=${PYTHON:-python3}
"$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Svitac needs Python 3.11 or later" >&2; exit 1; }
[ -x .venv/bin/python ] || "$PYTHON" -m venv .venv
.venv/bin/python -m pip install --quiet --disable-pip-version-check '.[yara]'
code=0
.venv/bin/svitac check samples/androidqf-novispy -o result --open || code=$?
[ "$code" -le 1 ] || exit "$code"   # 1 means "findings": the sample carries some on purpose
