"""Several real processes that do something at the same instant, on a database that all of them commit to."""

import multiprocessing
import threading
import time
import warnings
from collections.abc import Callable, Sequence
from typing import Any

from django.db import connections

START_SECONDS, ACT_SECONDS = 60, 120


def race(acts: Sequence[Callable[[], Any]]) -> list[Any]:
    """Let each act run in a process of its own, all of them let go together; their results, in the order of the acts.

    What an act raises is its result. Results must be picklable. Use it with `committed_db`: a process sees only what
    was committed before.
    """
    connections.close_all()  # a connection must not be shared with a child
    fork = multiprocessing.get_context("fork")  # a fresh interpreter for each would start one after the other
    barrier = fork.Barrier(len(acts))
    ends, processes = [], []
    for act in acts:
        here, there = fork.Pipe(duplex=False)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # other threads here only wait for the test's end
            process = fork.Process(target=_take_part, args=(act, barrier, there), daemon=True)
            process.start()
        there.close()
        ends.append(here)
        processes.append(process)
    deadline = time.monotonic() + START_SECONDS + ACT_SECONDS  # one for all: each waiting its own would take hours
    try:
        return [_result(end, deadline) for end in ends]
    finally:
        for process in processes:
            process.kill()
            process.join()


def _result(end: Any, deadline: float) -> Any:
    if not end.poll(max(0, deadline - time.monotonic())):
        return TimeoutError("the process said nothing")
    try:
        return end.recv()
    except EOFError:
        return ChildProcessError("the process died")


def _take_part(act: Callable[[], Any], barrier: Any, there: Any) -> None:
    connections["default"].ensure_connection()
    try:
        barrier.wait(START_SECONDS)
        result = act()
    except threading.BrokenBarrierError:
        result = TimeoutError("not all processes came to the start")
    except Exception as error:  # noqa: BLE001  whatever it is, the test wants to see it
        result = error
    try:
        there.send(result)
    except Exception:  # noqa: BLE001  a result that cannot be sent, told as text
        there.send(RuntimeError(repr(result)))
    finally:
        connections.close_all()
