"""Threads, event loops, futures, coroutines."""

# ruff: noqa: E501 (data: short programs stay on one line)

from tests.attacks.honest.program import Honest, plain

CONCURRENCY: tuple[Honest, ...] = (
    plain(
        "threads",
        """
import threading
def f(n):
    out = []
    ts = [threading.Thread(target=out.append, args=(i,)) for i in range(n)]
    for t in ts: t.start()
    for t in ts: t.join()
    return sorted(out)
""",
        ((5,), [0, 1, 2, 3, 4]),
    ),
    plain(
        "thread pool",
        """
from concurrent.futures import ThreadPoolExecutor
def f(n):
    with ThreadPoolExecutor(3) as pool: return list(pool.map(abs, range(-n, 0)))
""",
        ((3,), [3, 2, 1]),
    ),
    plain(
        "daemon thread left running",
        """
import threading, time
threading.Thread(target=time.sleep, args=(600,), daemon=True).start()
def f(n): return n
""",
        ((1,), 1),
    ),
    plain(
        "asyncio",
        """
import asyncio
async def g(n):
    await asyncio.sleep(0)
    return n + 1
def f(n): return asyncio.run(g(n))
""",
        ((1,), 2),
    ),
    plain(
        "producers and consumers",
        """
import queue, threading
def f(n):
    todo, done = queue.Queue(2), []
    def work():
        while (item := todo.get()) is not None: done.append(item * item)
    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads: thread.start()
    for i in range(n): todo.put(i)
    for _ in threads: todo.put(None)
    for thread in threads: thread.join()
    return sorted(done)
""",
        ((6,), [0, 1, 4, 9, 16, 25]),
    ),
    plain(
        "locks, conditions and thread-local data",
        """
import threading
def f(n):
    turn, order, mine = threading.Condition(), [], threading.local()
    def work(i):
        mine.i = i
        with turn:
            turn.wait_for(lambda: len(order) == i)
            order.append(mine.i)
            turn.notify_all()
    threads = [threading.Thread(target=work, args=(i,)) for i in reversed(range(n))]
    for t in threads: t.start()
    for t in threads: t.join()
    return order, hasattr(mine, "i")
""",
        ((4,), ([0, 1, 2, 3], False)),
    ),
    plain(
        "timer and event",
        """
import threading
def f():
    done = threading.Event()
    threading.Timer(0.02, done.set).start()
    return done.wait(20)
""",
        ((), True),
    ),
    plain(
        "futures as they complete",
        """
from concurrent.futures import ThreadPoolExecutor, as_completed
def f(xs):
    with ThreadPoolExecutor() as pool:
        futures = {pool.submit(int, x): x for x in xs}
        return sorted((futures[d], d.result() if d.exception() is None else "bad") for d in as_completed(futures))
""",
        ((["1", "x"],), [("1", 1), ("x", "bad")]),
    ),
    plain(
        "error in a thread",
        """
import threading
def f():
    seen = []
    threading.excepthook = lambda about: seen.append(about.exc_type.__name__)
    thread = threading.Thread(target=lambda: 1 / 0)
    thread.start()
    thread.join()
    return seen
""",
        ((), ["ZeroDivisionError"]),
    ),
    plain(
        "sys.exit in a thread",
        "import sys, threading\ndef f(n):\n    t = threading.Thread(target=sys.exit, args=(1,))\n    t.start()\n    t.join()\n    return n",
        ((2,), 2),
    ),
    plain(
        "asyncio with everything",
        """
import asyncio
async def produce(queue, n):
    for i in range(n): await queue.put(i)
    await queue.put(None)
async def consume(queue):
    out = []
    while (item := await queue.get()) is not None: out.append(item)
    return out
async def slow():
    try:
        async with asyncio.timeout(0.01): await asyncio.sleep(60)
    except TimeoutError: return "late"
async def main(n):
    queue = asyncio.Queue(1)
    async with asyncio.TaskGroup() as group:
        group.create_task(produce(queue, n))
        got = group.create_task(consume(queue))
        late = group.create_task(slow())
    return got.result(), late.result(), await asyncio.to_thread(abs, -n)
def f(n):
    return asyncio.run(main(n))
""",
        ((3,), ([0, 1, 2], "late", 3)),
    ),
    plain(
        "asynchronous generators",
        """
import asyncio
async def count(n):
    for i in range(n):
        await asyncio.sleep(0)
        yield i
async def total(n): return sum([i async for i in count(n)])
def f(n):
    loop = asyncio.new_event_loop()
    try: return loop.run_until_complete(total(n))
    finally: loop.close()
""",
        ((5,), 10),
    ),
    plain(
        "coroutine driven by hand",
        """
import types
@types.coroutine
def pause(x): return (yield x)
async def work(): return [await pause(i) for i in range(2)]
def f():
    c, sent = work(), None
    try:
        while True: sent = c.send(sent) * 10 if sent is not None else c.send(None)
    except StopIteration as done: return done.value
""",
        ((), [0, 10]),
    ),
    plain(
        "context variables",
        """
import contextvars
depth = contextvars.ContextVar("depth", default=0)
def f(n):
    def inner():
        depth.set(depth.get() + n)
        return depth.get()
    return [contextvars.copy_context().run(inner) for _ in range(2)], depth.get()
""",
        ((3,), ([3, 3], 0)),
    ),
)
