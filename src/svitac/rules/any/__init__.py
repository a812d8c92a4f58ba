"""Rules that hold on every platform."""
