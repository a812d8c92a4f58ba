"""Rules on Android records."""
