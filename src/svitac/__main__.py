"""`python -m svitac`."""

from svitac.cli import main

main()
