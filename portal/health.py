"""What a load balancer and a watchman ask: does the process answer, and can it do its work. Plus `robots.txt`."""

import threading

from django.core.cache import cache
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from portal.access import open_to_all

WORKER_SEEN, WORKER_SEEN_FOR = "worker-seen", 60  # seconds without a sign of life until a worker counts as gone
_migrated = threading.Event()


@open_to_all
@require_safe
def live(request: HttpRequest) -> HttpResponse:
    """This process answers. Asks nothing of anything else, so an outage of the database restarts nobody."""
    return HttpResponse("ok", content_type="text/plain")


@open_to_all
@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """Each part by name, `ok` or what is wrong with it; 503 when pages cannot be served.

    A silent worker is named but does not take the pages down: people can still read, write and agree.
    """
    parts = {"database": _database(), "cache": _cache(), "migrations": "unknown", "worker": "unknown"}
    if parts["database"] == "ok":
        parts["migrations"] = _migrations()
    if parts["cache"] == "ok":
        parts["worker"] = "ok" if cache.get(WORKER_SEEN) else "not seen for a minute"
    serves = all(parts[part] == "ok" for part in ("database", "cache", "migrations"))
    return JsonResponse({"serves": serves} | parts, status=200 if serves else 503)


@open_to_all
@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    return HttpResponse("User-agent: *\nDisallow: /\n", content_type="text/plain")


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as problem:
        return type(problem).__name__
    return "ok"


def _cache() -> str:
    try:
        cache.set("health", timezone.now().isoformat(), 10)
        return "ok" if cache.get("health") else "does not keep what it is given"
    except Exception as problem:  # noqa: BLE001  each cache has its own errors; all mean the same here
        return type(problem).__name__


def _migrations() -> str:
    """Read once per process while all is well: a new release comes with new processes."""
    if _migrated.is_set():
        return "ok"
    try:
        executor = MigrationExecutor(connection)
        waiting = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    except DatabaseError as problem:
        return type(problem).__name__
    if waiting:
        return f"{waiting} not applied"
    _migrated.set()
    return "ok"
