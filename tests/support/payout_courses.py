"""Every course that one debt can take: the first request, and the second one that somebody may send after it.

A course says what M-Pesa does with the money of a request (``paid``), what Daraja answers, what comes to the address
for the result, and what status queries are answered. What is heard always fits what was done, but for what Daraja and
M-Pesa have been seen to do wrong: an answer is lost after the request was taken, a result says 17 or 15 or names a
failure and is corrected, only a notice comes, a query denies what was paid, or knows nothing of it.
"""

from collections.abc import Iterator, Sequence
from itertools import product
from typing import Final, Literal, get_args

import attrs

__all__ = ["COURSES", "SHORT_CUTS", "Course", "Request", "ShortCut", "ends_of", "observed"]

Answer = Literal["accepted", "503", "refused", "not sent"]
Heard = Literal["success", "failure", "failure, then success", "17", "15", "notice", "nothing"]
Query = Literal["Completed", "Declined", "Declined, then Completed", "unusable"]
ShortCut = Literal[
    "pay again after a 5xx",
    "pay again under a new id while the old one lives",
    "a timeout notice is a failure",
    "result code 15 is a failure",
    "a code that proves nothing is a failure",
    "one status query is enough for a failure",
    "a status query that knows nothing is a failure",
    "a failure that no query has confirmed",
]


@attrs.frozen(kw_only=True)
class Request:
    """The course of one request.

    Args:
        paid: Whether its money moves.
        answer: What Daraja answers.
        heard: What comes to the address for the result, or to that for notices.
        query: What status queries are answered.
    """

    paid: bool
    answer: Answer
    heard: Heard
    query: Query


@attrs.frozen
class Course:
    """The course of one debt: its first request, and the second one if it is sent."""

    first: Request
    second: Request


_ANSWERS: Final[Sequence[Answer]] = ("accepted", "503")
_SECOND_PAID_HEARD: Final[Sequence[Heard]] = ("success", "nothing")
_SECOND_PAID_QUERIES: Final[Sequence[Query]] = ("Completed", "unusable")
_SECOND_UNPAID_HEARD: Final[Sequence[Heard]] = ("failure", "nothing")
_PAID_HEARD: Final[Sequence[Heard]] = ("success", "failure, then success", "17", "15", "notice", "nothing")
_PAID_QUERIES: Final[Sequence[Query]] = ("Completed", "Declined, then Completed", "unusable")
_UNPAID_HEARD: Final[Sequence[Heard]] = ("failure", "17", "notice", "nothing")
_UNPAID_QUERIES: Final[Sequence[Query]] = ("Declined", "unusable")
_NEVER_THERE: Final = [
    Request(paid=False, answer="503", heard="nothing", query="unusable"),
    Request(paid=False, answer="503", heard="notice", query="unusable"),
    Request(paid=False, answer="refused", heard="nothing", query="unusable"),
    Request(paid=False, answer="not sent", heard="nothing", query="unusable"),
]


def _first_requests() -> Iterator[Request]:
    """Yield 48 courses: 36 that pay, and 12 that do not."""
    for answer, heard, query in product(_ANSWERS, _PAID_HEARD, _PAID_QUERIES):
        yield Request(paid=True, answer=answer, heard=heard, query=query)
    for heard, query in product(_UNPAID_HEARD, _UNPAID_QUERIES):
        yield Request(paid=False, answer="accepted", heard=heard, query=query)
    yield from _NEVER_THERE


def _second_requests() -> Iterator[Request]:
    """Yield 16 courses: 8 that pay, and 8 that do not."""
    for answer, heard, query in product(_ANSWERS, _SECOND_PAID_HEARD, _SECOND_PAID_QUERIES):
        yield Request(paid=True, answer=answer, heard=heard, query=query)
    for heard, query in product(_SECOND_UNPAID_HEARD, _UNPAID_QUERIES):
        yield Request(paid=False, answer="accepted", heard=heard, query=query)
    yield from _NEVER_THERE


COURSES: Final = [Course(first, second) for first in _first_requests() for second in _second_requests()]
SHORT_CUTS: Final[Sequence[ShortCut]] = get_args(ShortCut)


def observed(request: Request) -> Iterator[str]:
    """Yield what one who pays observes of a request, in order."""
    yield f"answer {request.answer}"
    if request.answer in {"refused", "not sent"}:
        return
    yield from (f"result {part}" for part in request.heard.split(", then ") if part != "nothing")
    yield "an hour has passed"
    queries = request.query.split(", then ")
    yield f"query {queries[0]}"
    yield f"query {queries[-1]}"


def ends_of(course: Course, short_cuts: frozenset[ShortCut] = frozenset()) -> tuple[int, bool]:
    """Follow a debt by the rules, and return how often it was paid, and whether a paid request was called failed."""
    times_paid, wrong = 0, False
    for request in (course.first, course.second):
        times_paid += request.paid
        if not _is_called_failed(request, short_cuts):
            break
        wrong = wrong or request.paid
    return times_paid, wrong


def _is_called_failed(request: Request, short_cuts: frozenset[ShortCut]) -> bool:
    """Tell whether money goes again after some part of what is observed. What comes later is then too late."""
    failed_by_result, denials, answers = False, 0, 0
    for one in observed(request):
        failed_by_result = failed_by_result or one == "result failure"
        answers += failed_by_result and one in {"query Declined", "query unusable"}
        denials += one == "query Declined"
        if one in {"result success", "query Completed"}:
            return False
        proved = one in {"answer refused", "answer not sent"} or (failed_by_result and answers > 0) or denials > 1
        if proved or any(_jumps(short_cut, one) for short_cut in short_cuts):
            return True
    return False


def _jumps(short_cut: ShortCut, observed: str) -> bool:
    """Tell whether a short cut takes what is observed for a failure."""
    taken: dict[ShortCut, str] = {
        "pay again after a 5xx": "answer 503",
        "pay again under a new id while the old one lives": "an hour has passed",
        "a timeout notice is a failure": "result notice",
        "result code 15 is a failure": "result 15",
        "a code that proves nothing is a failure": "result 17",
        "one status query is enough for a failure": "query Declined",
        "a status query that knows nothing is a failure": "query unusable",
        "a failure that no query has confirmed": "result failure",
    }
    return observed == taken[short_cut]
