"""Keeps what all jobs share from being copied into each of them.

A job is a clone of its zygote: they share memory until one of them writes to it. Two things cost most of the page
faults of a short job although they change nothing. The interpreter counts the references to each object that it
touches, in the object; immortal objects (PEP 683) are not counted. And the code of the interpreter's library is mapped
anew, few pages at a time, in every clone; in pages of 2 MiB it is handed down whole.

A program sees of it that `sys.getrefcount` of some objects that were there before it is large. Where the interpreter
or the kernel is another one than these functions know, they do nothing.

Runs inside the sandbox: standard library only, Python 3.9 syntax. Leaves out: objects of modules that are imported for
programs alone; there are many of them, each takes a microsecond, and few are met by a job.
Source: PEP 683; mremap(2); Documentation/admin-guide/mm/transhuge.rst of Linux.
"""

from __future__ import annotations

import ctypes
import gc
import resource
import sys
import types
from collections.abc import Iterable
from typing import Any

_PAGE, _HUGE = 4 << 10, 2 << 20
"""Bytes of a page and, where a page has so many, of a huge one."""
_PROT_READ, _PROT_WRITE, _PROT_EXEC = 1, 2, 4
_MAP_PRIVATE, _MAP_ANONYMOUS = 0x02, 0x20
_MADV_HUGEPAGE = 14
_MREMAP_MAYMOVE, _MREMAP_FIXED = 1, 2
_FAILED = ctypes.c_void_p(-1).value
_ENABLED = "/sys/kernel/mm/transparent_hugepage/enabled"
_COUNT_BYTES = 4
"""Size of that part of a reference count which says that an object is immortal."""
_WAYS: tuple[type, ...] = (
    *(dict, tuple, list, set, frozenset, property, staticmethod, classmethod),
    *(types.FunctionType, types.MethodType, types.CellType),
)
"""Types whose objects lead on to what belongs to them."""


def share_code() -> bool:
    """Move the code of the interpreter to huge pages; return whether it was done. Needs `/proc` and `/sys`."""
    if resource.getpagesize() != _PAGE:
        return False
    try:
        if b"[never]" in _read(_ENABLED):
            return False
        address = ctypes.cast(ctypes.pythonapi.Py_IncRef, ctypes.c_void_p).value or 0
        first, last = _mapping_of(address, _read("/proc/self/maps").split(b"\n"))
    except OSError:
        return False
    start, end = -(-first // _HUGE) * _HUGE, last // _HUGE * _HUGE
    return start < end and _move(start, end - start)


def _read(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()


def _mapping_of(address: int, lines: Iterable[bytes]) -> tuple[int, int]:
    """Return where the file mapped at an address can be read and not written: start and end of all that adjoins."""
    found, path = (0, 0), b""
    for line in lines:
        bounds, rights, *_, name = (line.split(None, 5) + [b""] * 6)[:6]
        if b"-" not in bounds:
            continue
        first, last = (int(bound, 16) for bound in bounds.split(b"-"))
        if rights.startswith(b"r-") and name == path and first == found[1]:
            found = (found[0], last)
        elif found[0] <= address < found[1]:
            break
        else:
            found, path = (first, last) if rights.startswith(b"r-") else (0, 0), name
    return found if found[0] <= address < found[1] else (0, 0)


def _move(start: int, size: int) -> bool:
    """Put a copy in huge pages in the place of mapped code, all of it executable; return whether that was possible.

    One system call takes the old code away and puts the copy there: what runs between two of them finds code.
    """
    libc = ctypes.CDLL(None)
    libc.mmap.restype = libc.mremap.restype = ctypes.c_void_p
    room: int | None = libc.mmap(
        None,
        ctypes.c_size_t(size + _HUGE),
        _PROT_READ | _PROT_WRITE,
        _MAP_PRIVATE | _MAP_ANONYMOUS,
        -1,
        ctypes.c_long(0),
    )
    if room is None or room == _FAILED:
        return False
    copy = -(-room // _HUGE) * _HUGE
    # What is left over goes first: once the copy has moved, others may have got its place.
    for first, last in ((room, copy), (copy + size, room + size + _HUGE)):
        if first < last:
            libc.munmap(ctypes.c_void_p(first), ctypes.c_size_t(last - first))
    place, length = ctypes.c_void_p(copy), ctypes.c_size_t(size)
    libc.madvise(place, length, _MADV_HUGEPAGE)
    ctypes.memmove(copy, start, size)
    flags = _MREMAP_MAYMOVE | _MREMAP_FIXED
    if (
        _is_huge(copy, size)
        and not libc.mprotect(place, length, _PROT_READ | _PROT_EXEC)
        and libc.mremap(place, length, length, flags, ctypes.c_void_p(start)) == start
    ):
        return True
    libc.munmap(place, length)
    return False


def _is_huge(start: int, size: int) -> bool:
    """Say whether memory lies in huge pages, which the kernel gives where it has them; small ones would cost more."""
    head, found = b"%x-%x " % (start, start + size), False
    try:
        lines = _read("/proc/self/smaps").split(b"\n")
    except OSError:  # a kernel may be built without it
        return False
    for line in lines:
        if line.startswith(b"AnonHugePages:") and found:
            return int(line.split()[1]) << 10 == size
        found = line.startswith(head) or (found and line[:1].isupper())
    return False


def share_objects(package: str, more: Iterable[Any] = ()) -> int:
    """Make immortal what the modules of a package and `more` are made of, and what they name; return how many objects.

    Of modules elsewhere that they name, what these hold is included and not what belongs to it.
    """
    if not _counts_as_known():
        return 0
    own = [module for name, module in sys.modules.items() if (name + ".").startswith(package + ".")]
    objects = _belonging(own, package, more)
    immortal = ctypes.string_at(id(None), _COUNT_BYTES)
    for address in objects:
        ctypes.memmove(address, immortal, _COUNT_BYTES)
    return len(objects)


def _counts_as_known() -> bool:
    """Say whether objects of this interpreter begin with a count that tells immortal ones."""
    return (
        sys.implementation.name == "cpython"
        and not hasattr(sys, "gettotalrefcount")  # builds for debugging look more closely
        and (3, 12) <= sys.version_info[:2] <= (3, 13)
        and sys.maxsize > 1 << 32
        and sys.byteorder == "little"
        and getattr(sys, "_is_gil_enabled", lambda: True)()
        and ctypes.string_at(id(None), _COUNT_BYTES) == b"\xff" * _COUNT_BYTES
    )


def _belonging(own: list[types.ModuleType], package: str, more: Iterable[Any]) -> dict[int, Any]:
    """Return objects by address: with them they live on."""
    found: dict[int, Any] = {}
    waiting: list[Any] = [*own, *more]
    mine = {id(vars(module)) for module in own}
    while waiting:
        item = waiting.pop()
        if id(item) in found:
            continue
        found[id(item)] = item
        kind = type(item)
        if kind is types.CodeType:
            waiting += [item.co_consts, item.co_names, *item.co_consts, *item.co_names]
        elif kind is types.ModuleType:
            names = vars(item)
            if id(names) in mine:
                waiting += [names, *names.values()]
            else:
                found.update((id(held), held) for held in (names, *names.values()) if id(held) not in found)
        elif kind is dict and "__name__" in item and id(item) not in mine:
            continue  # names of a module, met by one of its functions
        elif kind in _WAYS or _is_of(kind, package) or (isinstance(item, type) and _is_of(item, package)):
            waiting += gc.get_referents(item)
    return found


def _is_of(kind: type, package: str) -> bool:
    return (str(kind.__dict__.get("__module__", "")) + ".").startswith(package + ".")
