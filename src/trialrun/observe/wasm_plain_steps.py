"""Closures of the instructions that neither branch nor call: numbers, locals, globals, memories, tables.

Leaves out: control (`wasm_steps.py`).
"""

from collections.abc import Callable
from typing import Any

from trialrun.lang import wasm_opcodes as ops
from trialrun.observe.wasm_instance import PAGE, Instance, Memory, Step
from trialrun.observe.wasm_numbers import Trap, signed


def unary(operation: Callable[[Any], Any]) -> Step:
    """Return the step that replaces the top operand."""

    def step(stack: list[Any], local: list[Any], frame: Any) -> None:
        stack[-1] = operation(stack[-1])

    return step


def binary(operation: Callable[[Any, Any], Any]) -> Step:
    """Return the step that replaces the two top operands."""

    def step(stack: list[Any], local: list[Any], frame: Any) -> None:
        right = stack.pop()
        stack[-1] = operation(stack[-1], right)

    return step


def load(memory: Memory, offset: int, width: int, extend: int) -> Step:
    """Return the step that loads `width` bytes, sign-extended to `extend` bits unless that is 0."""
    data = memory.data

    def step(stack: list[Any], local: list[Any], frame: Any) -> None:
        start = stack[-1] + offset
        if start + width > len(data):
            raise Trap("out of bounds memory access")
        value = int.from_bytes(data[start : start + width], "little")
        stack[-1] = signed(value, 8 * width) & ((1 << extend) - 1) if extend else value

    return step


def store(memory: Memory, offset: int, width: int) -> Step:
    """Return the step that stores the low `width` bytes."""
    data, mask = memory.data, (1 << (8 * width)) - 1

    def step(stack: list[Any], local: list[Any], frame: Any) -> None:
        value = stack.pop()
        start = stack.pop() + offset
        if start + width > len(data):
            raise Trap("out of bounds memory access")
        data[start : start + width] = (value & mask).to_bytes(width, "little")

    return step


# -- instructions that need the stack and the locals alone


def _constant(value: Any) -> Step:
    return lambda stack, local, frame: stack.append(value)


def _local_get(number: int) -> Step:
    return lambda stack, local, frame: stack.append(local[number])


def _local_set(number: int) -> Step:
    def step(stack: list[Any], local: list[Any], frame: Any) -> None:
        local[number] = stack.pop()

    return step


def _local_tee(number: int) -> Step:
    def step(stack: list[Any], local: list[Any], frame: Any) -> None:
        local[number] = stack[-1]

    return step


def _drop(imm: Any) -> Step:
    def step(stack: list[Any], local: list[Any], frame: Any) -> None:
        del stack[-1]

    return step


def _select(imm: Any) -> Step:
    def step(stack: list[Any], local: list[Any], frame: Any) -> None:
        condition, right = stack.pop(), stack.pop()
        if not condition:
            stack[-1] = right

    return step


def _is_null(imm: Any) -> Step:
    def step(stack: list[Any], local: list[Any], frame: Any) -> None:
        stack[-1] = int(stack[-1] is None)

    return step


def _non_null(imm: Any) -> Step:
    def step(stack: list[Any], local: list[Any], frame: Any) -> None:
        if stack[-1] is None:
            raise Trap("null reference")

    return step


SIMPLE: dict[int, Callable[[Any], Step]] = {
    ops.NOP: lambda imm: lambda stack, local, frame: None,
    **dict.fromkeys((ops.I32_CONST, ops.I64_CONST, ops.F32_CONST, ops.F64_CONST), _constant),
    ops.REF_NULL: lambda imm: _constant(None),
    ops.LOCAL_GET: _local_get,
    ops.LOCAL_SET: _local_set,
    ops.LOCAL_TEE: _local_tee,
    ops.DROP: _drop,
    ops.SELECT: _select,
    ops.SELECT_TYPED: _select,
    ops.REF_IS_NULL: _is_null,
    ops.REF_AS_NON_NULL: _non_null,
}


# -- instructions that need the instance


def _global_get(instance: Instance, number: int) -> Step:
    cell = instance.globals[number]
    return lambda stack, local, frame: stack.append(cell.value)


def _global_set(instance: Instance, number: int) -> Step:
    cell = instance.globals[number]

    def step(stack: list[Any], local: list[Any], frame: Any) -> None:
        cell.value = stack.pop()

    return step


def _memory_size(instance: Instance, number: int) -> Step:
    data = instance.memories[number].data
    return lambda stack, local, frame: stack.append(len(data) // PAGE)


def _memory_grow(instance: Instance, number: int) -> Step:
    return unary(instance.memories[number].grow)


def _three(stack: list[Any]) -> tuple[Any, Any, Any]:
    third, second = stack.pop(), stack.pop()
    return stack.pop(), second, third


def _memory_init(instance: Instance, imm: tuple[int, int]) -> Step:
    memory = instance.memories[imm[1]]
    return lambda stack, local, frame: instance.init_memory(memory, instance.data[imm[0]], *_three(stack))


def _memory_copy(instance: Instance, imm: tuple[int, int]) -> Step:
    target, source = (instance.memories[number] for number in imm)

    def step(stack: list[Any], local: list[Any], frame: Any) -> None:
        to, start, count = _three(stack)
        if start + count > len(source.data) or to + count > len(target.data):
            raise Trap("out of bounds memory access")
        target.data[to : to + count] = source.data[start : start + count]

    return step


def _memory_fill(instance: Instance, number: int) -> Step:
    memory = instance.memories[number]

    def step(stack: list[Any], local: list[Any], frame: Any) -> None:
        to, value, count = _three(stack)
        if to + count > len(memory.data):
            raise Trap("out of bounds memory access")
        memory.data[to : to + count] = bytes((value & 0xFF,)) * count

    return step


def _data_drop(instance: Instance, number: int) -> Step:
    return lambda stack, local, frame: instance.data.__setitem__(number, b"")


def _elem_drop(instance: Instance, number: int) -> Step:
    return lambda stack, local, frame: instance.elements.__setitem__(number, [])


def _table_get(instance: Instance, number: int) -> Step:
    table = instance.tables[number]

    def step(stack: list[Any], local: list[Any], frame: Any) -> None:
        if stack[-1] >= len(table.elements):
            raise Trap("out of bounds table access")
        stack[-1] = table.elements[stack[-1]]

    return step


def _table_set(instance: Instance, number: int) -> Step:
    table = instance.tables[number]

    def step(stack: list[Any], local: list[Any], frame: Any) -> None:
        value, place = stack.pop(), stack.pop()
        if place >= len(table.elements):
            raise Trap("out of bounds table access")
        table.elements[place] = value

    return step


def _table_size(instance: Instance, number: int) -> Step:
    table = instance.tables[number]
    return lambda stack, local, frame: stack.append(len(table.elements))


def _table_grow(instance: Instance, number: int) -> Step:
    table = instance.tables[number]
    return binary(table.grow)


def _table_fill(instance: Instance, number: int) -> Step:
    table = instance.tables[number]

    def step(stack: list[Any], local: list[Any], frame: Any) -> None:
        to, value, count = _three(stack)
        if to + count > len(table.elements):
            raise Trap("out of bounds table access")
        table.elements[to : to + count] = [value] * count

    return step


def _table_copy(instance: Instance, imm: tuple[int, int]) -> Step:
    target, source = (instance.tables[number] for number in imm)
    return lambda stack, local, frame: instance.init_table(target, source.elements, *_three(stack))


def _table_init(instance: Instance, imm: tuple[int, int]) -> Step:
    table = instance.tables[imm[1]]
    return lambda stack, local, frame: instance.init_table(table, instance.elements[imm[0]], *_three(stack))


def _ref_func(instance: Instance, number: int) -> Step:
    return _constant(instance.functions[number])


STATE: dict[int, Callable[[Instance, Any], Step]] = {
    ops.GLOBAL_GET: _global_get,
    ops.GLOBAL_SET: _global_set,
    ops.MEMORY_SIZE: _memory_size,
    ops.MEMORY_GROW: _memory_grow,
    ops.MEMORY_INIT: _memory_init,
    ops.MEMORY_COPY: _memory_copy,
    ops.MEMORY_FILL: _memory_fill,
    ops.DATA_DROP: _data_drop,
    ops.ELEM_DROP: _elem_drop,
    ops.TABLE_GET: _table_get,
    ops.TABLE_SET: _table_set,
    ops.TABLE_SIZE: _table_size,
    ops.TABLE_GROW: _table_grow,
    ops.TABLE_FILL: _table_fill,
    ops.TABLE_COPY: _table_copy,
    ops.TABLE_INIT: _table_init,
    ops.REF_FUNC: _ref_func,
}
"""By opcode; made of the instance and the immediate."""
