"""Goals of the page: a changed weight in 300 ms, 25 reruns at once in 2 s (p50), 50 sessions.

Speaks to a real server as a browser does, without drawing: server time alone.
"""

import asyncio
import socket
import statistics
import subprocess
import sys
import time
from urllib.parse import urlencode

import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

PROTOCOL = urlencode(
    {
        "regimen": "scleromyxedema-ivig", "cycles": "6", "immunoglobulin.every": "1 month",
        "immunoglobulin.days": "1-5",
    }
)  # fmt: skip


class Session:
    """One person's page: its connection, and the inputs that the server has named."""

    def __init__(self, link):
        self.link, self.inputs, self.given = link, {}, {}

    async def rerun(self, **texts):
        """Give texts by label; wait until the page is drawn anew; give the time, and its text."""
        self.given |= texts
        message = BackMsg()
        message.rerun_script.query_string = PROTOCOL
        for label, text in self.given.items():
            state = message.rerun_script.widget_states.widgets.add()
            state.id, state.string_value = self.inputs[label], text
        before = time.perf_counter()
        await self.link.send(message.SerializeToString())
        words = []
        while True:
            answer = ForwardMsg()
            answer.ParseFromString(await asyncio.wait_for(self.link.recv(), 60))
            element = answer.delta.new_element
            if element.text_input.label:
                self.inputs[element.text_input.label] = element.text_input.id
            words += [element.markdown.body, element.html.body]
            if answer.HasField("script_finished"):
                return (time.perf_counter() - before) * 1000, " ".join(words)


async def opened(port, weight):
    """Open a page and give weight and day."""
    link = await websockets.connect(
        f"ws://127.0.0.1:{port}/_stcore/stream", max_size=None, origin=f"http://127.0.0.1:{port}",
        open_timeout=60,
    )  # fmt: skip
    session = Session(link)
    await session.rerun()
    await session.rerun(Weight=weight, **{"First dose on": "2027-01-11"})
    return session


async def changed(session, weight):
    """Change the weight, and see that the doses are those of it."""
    took, text = await session.rerun(Weight=weight)
    if f"2 g/kg x {weight}" not in text:
        sys.exit(f"{weight} does not show")
    return took


async def measure(port):
    """Print each figure with its goal."""
    alone = await opened(port, "70 kg")
    times = [await changed(alone, f"{60 + number} kg") for number in range(20)]
    print(f"changed weight, p50       {statistics.median(times):.0f} ms (goal 300)")
    print(f"changed weight, worst     {max(times):.0f} ms")
    sessions = await asyncio.gather(*(opened(port, f"{50 + number} kg") for number in range(50)))
    print(f"sessions without an error {len(sessions)} (goal 50)")
    times = await asyncio.gather(
        *(changed(one, f"{100 + number} kg") for number, one in enumerate(sessions[:25]))
    )
    print(f"25 reruns at once, p50    {statistics.median(times) / 1000:.2f} s (goal 2)")


def main():
    """Serve the page, and measure it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "-m", "posology", "web", "--port", str(port), "--no-browser"],
        stdout=subprocess.DEVNULL,
    )
    for _ in range(150):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            break
        except OSError:
            time.sleep(0.2)
    try:
        asyncio.run(measure(port))
    finally:
        server.terminate()
        server.wait(timeout=20)


if __name__ == "__main__":
    main()
