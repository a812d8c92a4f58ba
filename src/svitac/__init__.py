"""Phone forensics for civil society: evidence in, typed records and findings out."""

__version__ = "0.1.0"
