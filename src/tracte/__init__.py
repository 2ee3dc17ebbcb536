"""Tracte: the CRM a small or medium firm owns."""

__version__ = "0.1.0"
