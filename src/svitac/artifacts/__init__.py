"""One module per artifact: its record type and its parser. Add a file; there is nothing else to edit."""
