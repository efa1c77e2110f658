"""The path template of a request: what logs and metrics may say, without any id in it."""

from collections.abc import Iterator, Sequence
from re import Pattern
from typing import Any

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from starlette.routing import BaseRoute, Mount, compile_path
from starlette.types import Scope

UNMATCHED = "unmatched"


class RouteTemplates:
    """The templates of all routes; those that are added later are found when they are asked for."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app
        self._by_endpoint: dict[Any, list[tuple[Pattern[str], str]]] = {}

    def __call__(self, scope: Scope) -> str:
        """Return the whole template of a routed request, also below a mounted application."""
        endpoint = scope.get("endpoint")
        if endpoint is None:
            return UNMATCHED
        return self._find(endpoint, scope["path"]) or self._learn(endpoint, scope["path"])

    def _find(self, endpoint: object, path: str) -> str | None:
        for pattern, template in self._by_endpoint.get(endpoint, ()):
            if pattern.match(path):
                return template
        return None

    def _learn(self, endpoint: object, path: str) -> str:
        self._by_endpoint = {}
        for known, template in _templates(self._app.routes):
            pattern, shown, _ = compile_path(template)
            self._by_endpoint.setdefault(known, []).append((pattern, shown))
        return self._find(endpoint, path) or UNMATCHED


def _templates(routes: Sequence[BaseRoute], prefix: str = "") -> Iterator[tuple[Any, str]]:
    """Give each endpoint with its template."""
    for context in iter_route_contexts(routes):
        path = f"{prefix}{context.path or ''}"
        mount = context.starlette_route if hasattr(context, "starlette_route") else context.route
        if isinstance(mount, Mount):
            yield from _templates(mount.routes or [], path)
            # What has no routes, such as a folder of files.
            yield mount.app, f"{path}/{{path:path}}"
        elif context.endpoint is not None:
            yield context.endpoint, path
