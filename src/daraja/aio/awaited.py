"""A method whose work is carried out by flows, as one that is awaited."""

from collections.abc import Callable, Coroutine, Mapping, Sequence
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

import attrs

__all__ = ["awaited"]

Arguments = ParamSpec("Arguments")
Answer = TypeVar("Answer")


@attrs.frozen
class _Given:
    """Arguments, out of sight: a traceback may show the local variables of a frame."""

    args: Sequence[object] = attrs.field(repr=False)
    kwargs: Mapping[str, object] = attrs.field(repr=False)


def awaited(
    method: Callable[Concatenate[Any, Arguments], Answer], /
) -> Callable[Concatenate[Any, Arguments], Coroutine[Any, Any, Answer]]:
    """Give *method* of a class as a coroutine function of another, where what carries flows out has to be awaited.

    It is the very same method, with the same signature and the same words about it, so that nothing is written twice.
    """
    carry_out: Callable[..., Any] = method  # Any: its types are those of *method*, which the type checker has above

    @wraps(method)
    async def ask(self: object, /, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - as above
        given, args, kwargs = _Given(args, kwargs), (), {}
        return await carry_out(self, *given.args, **given.kwargs)

    return ask
