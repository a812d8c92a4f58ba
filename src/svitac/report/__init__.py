"""Findings, coverage and timeline in the forms that people read. Pure: values in, text out."""
