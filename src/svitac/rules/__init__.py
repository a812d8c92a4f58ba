"""One module per rule. Rules read records, never evidence."""
