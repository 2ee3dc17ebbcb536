"""Headers that tell how many queries a page took, and how long the database worked for it."""

import time
from collections.abc import Callable
from typing import Any

from django.db import connection
from django.http import HttpRequest, HttpResponse

NOT_COUNTED = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")


class CountQueries:
    """Middleware of the bench only."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Serve the request; fetching rows is not part of the database's time, running the statement is."""
        count = 0
        spent = 0.0

        def counted(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
            nonlocal count, spent
            count += not sql.startswith(NOT_COUNTED)
            started = time.perf_counter()
            try:
                return execute(sql, params, many, context)
            finally:
                spent += time.perf_counter() - started

        with connection.execute_wrapper(counted):
            response = self.get_response(request)
        response["X-Queries"] = str(count)
        response["X-Database-Ms"] = f"{spent * 1000:.3f}"
        return response
