"""A server's answers, read no further than so many bytes and seconds, however they come."""

from collections.abc import Callable
from threading import Thread
from typing import Any, TypeVar

from posology.errors import ExportError

SECONDS = 60
"""The longest that one request may take, however slowly its answer comes."""
MOST_BYTES = 50_000_000
"""The longest answer that is read; a calendar of 1,000 entries is some 2 MB."""
_CHUNK = 65_536
_T = TypeVar("_T")


def within(ask: Callable[[], _T]) -> _T:
    """Ask the server, at most so long: one that sends drop by drop never times out by itself."""
    found: list[_T] = []
    failed: list[BaseException] = []

    def run() -> None:
        try:
            found.append(ask())
        except BaseException as error:  # noqa: BLE001 - raised again in the thread that asked
            failed.append(error)

    thread = Thread(target=run, daemon=True)
    thread.start()
    thread.join(SECONDS)
    if failed:
        raise failed[0]
    if not found:
        raise TimeoutError(f"no whole answer in {SECONDS} s")
    return found[0]


def bounded_answers(request: Callable[..., Any]) -> Callable[..., Any]:
    """Read no answer further than so many bytes, however it is packed."""

    def bounded(*arguments: object, **options: object) -> Any:  # noqa: ANN401 - of an extra
        answer = request(*arguments, **options, stream=True)
        body = bytearray()
        for chunk in answer.iter_content(_CHUNK):
            body += chunk
            if len(body) > MOST_BYTES:
                answer.close()
                raise ExportError(f"its answer is above {MOST_BYTES:,} bytes")
        answer._content = bytes(body)  # noqa: SLF001 - the library reads it as if it had come whole
        return answer

    return bounded
