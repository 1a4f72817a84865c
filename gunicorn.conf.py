"""How gunicorn serves the pages. Every value can be set from the environment; see docs/operators.md."""

import os

bind = os.environ.get("BIND", "127.0.0.1:8000")
workers = int(os.environ.get("WEB_WORKERS", str(min(os.cpu_count() or 1, 4))))
threads = int(os.environ.get("WEB_THREADS", "4"))
preload_app = True  # one import for all workers; nothing is connected before they part
timeout = 30
graceful_timeout = 20
keepalive = 5
max_requests, max_requests_jitter = 20_000, 2_000  # a leak anywhere stays small
limit_request_line = 2_048  # no address of ours is longer
accesslog = None  # paths hold tokens, so the proxy logs, without them
loglevel = "warning"
control_socket_disable = True  # it would be opened in the home folder, which may be read-only
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108, PTH112  heartbeats stay off the disk
