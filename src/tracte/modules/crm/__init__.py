"""Accounts and contacts: the firms and people the company deals with."""
