"""One limited process per evidence file, forked from the warm parent: speed, and the blast wall.

A worker that dies or runs out of time costs only itself: its file is read again, one artifact at a time, and only the
artifact that cannot be read is lost, with a problem that says so.
"""

from __future__ import annotations

import os
import selectors
import signal
import sys
import time
import traceback
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import msgspec

from svitac.model import Loss, Problem, Where
from svitac.run.plan import Job
from svitac.run.work import Outcome

MEMORY = 8 * 2**30  # bytes of address space
BASE_SECONDS = 120
_NO_MEMORY = 3  # exit code
SECONDS_PER_BYTE = 1 / 200_000  # no parser of ours is slower than 200 kB a second

Do = Callable[[int, Job], Outcome]


@dataclass(slots=True)
class _Running:
    number: int
    job: Job
    pid: int
    pipe: int
    deadline: float
    answer: bytearray


def run(jobs: list[Job], do: Do, at_once: int = 0, progress: Callable[[Job], None] = lambda job: None) -> list[Outcome]:
    """The outcome of every job, in order. `at_once` 0 means as many as there are processors."""
    if not hasattr(os, "fork"):  # Windows: no blast wall, same results
        return [do(number, job) for number, job in enumerate(jobs)]
    outcomes: dict[int, Outcome] = {}
    for number, job, outcome in _pool(list(enumerate(jobs)), do, at_once or os.cpu_count() or 1):
        progress(job)
        outcomes[number] = outcome if isinstance(outcome, Outcome) else _one_by_one(number, job, do, outcome)
    return [outcomes[number] for number in range(len(jobs))]


def _one_by_one(number: int, job: Job, do: Do, died: str) -> Outcome:
    """Read a file again, an artifact at a time. `died` says what happened the first time."""
    total = Outcome(path=job.leaf.path, zone=job.leaf.zone, until=job.leaf.until)
    parts = [replace(job, whole=(a,), sections=(), dump=False) for a in job.whole]
    parts += [replace(job, whole=(), sections=(a,)) for a in job.sections]
    for _, part, outcome in _pool([(number, part) for part in parts], do, 1):
        if isinstance(outcome, Outcome):
            total.reports += outcome.reports
            total.problems += [p for p in outcome.problems if p not in total.problems]
            total.zone, total.until = outcome.zone, outcome.until
        else:
            (artifact,) = part.artifacts
            detail = f"the reader {outcome or died}: nothing of this artifact could be read"
            where = Where(job.leaf.path)
            total.problems.append(Problem(where=where, detail=detail, loss=Loss.FILE, artifact=artifact.id))
    return total


def _pool(queue: list[tuple[int, Job]], do: Do, at_once: int) -> Iterator[tuple[int, Job, Outcome | str]]:
    """Run jobs in processes; yields each with its outcome, or in words how its process ended without one."""
    waiting = sorted(queue, key=lambda item: -item[1].leaf.size)  # the long ones first; the order is put right later
    if at_once == 1:
        waiting = list(queue)
    with selectors.DefaultSelector() as ready:
        while waiting or ready.get_map():
            while waiting and len(ready.get_map()) < at_once:
                running = _start(*waiting.pop(0), do)
                ready.register(running.pipe, selectors.EVENT_READ, running)
            for key, _ in ready.select(timeout=1):
                running = key.data
                block = os.read(running.pipe, 2**20)
                running.answer += block
                if not block:
                    ready.unregister(running.pipe)
                    yield running.number, running.job, _end(running, "")
            for key in list(ready.get_map().values()):
                if time.monotonic() > key.data.deadline:
                    ready.unregister(key.data.pipe)
                    os.kill(key.data.pid, signal.SIGKILL)
                    yield key.data.number, key.data.job, _end(key.data, "ran out of time")


def _start(number: int, job: Job, do: Do) -> _Running:
    reading, writing = os.pipe()
    sys.stdout.flush()
    sys.stderr.flush()
    with warnings.catch_warnings():  # a test runner's threads do no harm: the child takes no lock of theirs
        warnings.simplefilter("ignore", DeprecationWarning)
        pid = os.fork()
    if pid == 0:
        os.close(reading)
        _child(number, job, do, writing)
    os.close(writing)
    seconds = BASE_SECONDS + job.leaf.size * SECONDS_PER_BYTE * 10  # a zip entry may unpack to ten times its size
    return _Running(number, job, pid, reading, time.monotonic() + seconds, bytearray())


def _child(number: int, job: Job, do: Do, writing: int) -> None:
    """The worker. Never returns; whatever goes wrong is told by not answering."""
    import resource  # noqa: PLC0415 - not there on Windows

    code = 1
    try:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        _tell(writing, do(number, job))
        code = 0
    except MemoryError:
        code = _NO_MEMORY
    except Exception:  # noqa: BLE001 - told to the parent, which makes a problem of it
        _tell(writing, traceback.format_exc(limit=-5))
        code = 0
    finally:
        os._exit(code)


def _tell(writing: int, answer: Outcome | str) -> None:
    with os.fdopen(writing, "wb") as pipe:
        pipe.write(msgspec.msgpack.encode(answer))


def _end(running: _Running, why: str) -> Outcome | str:
    os.close(running.pipe)
    _, status = os.waitpid(running.pid, 0)
    if why:
        return why
    if os.WIFSIGNALED(status):
        return f"was ended by signal {os.WTERMSIG(status)}"
    if os.WEXITSTATUS(status) == _NO_MEMORY:
        return "needed more memory than it may have"
    if os.WEXITSTATUS(status):
        return "failed"
    return msgspec.msgpack.decode(bytes(running.answer), type=Outcome | str)
