from tests.example.visit import Visit

__all__ = ["Visit"]
