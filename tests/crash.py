"""Saves a course file over and over, dying at each step of it; run by test_saving.py.

For each step a child process is forked, which dies just before or just after it. Prints a line
for each: the step, when, whether the file is the old or the new one, and what was claimed.
"""

import os
import sys
from pathlib import Path

from posology import record
from posology.model import Delay
from posology.model.record import Revision
from posology.record import saving

STEPS = ("open", "write", "fsync", "close", "replace")


def longer(kept, words):
    """Add a revision that plans nothing anew: saving does not ask what it saves."""
    last = kept.revisions[-1]
    change = Delay(on="2027-01-04", reason=words, what="from cycle 2", days=1)
    more = Revision(**{**dict(last), "change": change, "events": {}, "gone": ()})
    return kept.model_copy(update={"revisions": (*kept.revisions, more)})


def die_at(number, when, claims):
    """Have the process die at the so manyth step."""
    count = 0

    def wrapped(name, step):
        def counted(*arguments, **named):
            nonlocal count
            count += 1
            if count == number and when == "before":
                os._exit(9)
            if name == "write":
                arguments = (arguments[0], bytes(arguments[1][:1500]))  # so that there are many
            done = step(*arguments, **named)
            if count >= number and when == "after":  # the step before may have failed by itself
                os._exit(9)
            return done

        return counted

    for name in STEPS:
        setattr(os, name, wrapped(name, getattr(os, name)))
    return claims


def main(folder):
    path = folder / "c.json"
    old = path.read_bytes()
    kept = record.read(old)
    new = record.content(longer(kept, "the new one"))
    reader, writer = os.pipe()
    for when in ("before", "after"):
        for number in range(1, 200):
            path.write_bytes(old)
            child = os.fork()
            if not child:
                die_at(number, when, writer)
                saving.save(path, longer(kept, "the new one"), old)
                os._exit(7)
            _, status = os.waitpid(child, 0)
            content = path.read_bytes()
            state = "old" if content == old else "new" if content == new else "BROKEN"
            code = os.waitstatus_to_exitcode(status)
            print(when, number, state, "saved" if code == 7 else "died", flush=True)
            if code == 7:
                break
    os.close(reader)
    # What a crash has left does not stand in the way of the next one.
    path.write_bytes(old)
    saving.save(path, longer(kept, "the new one"), old)
    print("afterwards", sorted(one.name for one in folder.iterdir()))


def race(folder, name, number):
    """Add a number of revisions to each file, against others that do the same.

    Try again where another was faster. Prints how often that was.
    """
    lost = 0
    for path in sorted(folder.glob("*.json")):
        for index in range(number):
            while True:
                kept, raw = saving.load(path)
                try:
                    saving.save(path, longer(kept, f"{name}-{index}"), raw)
                    break
                except saving.RecordError:
                    lost += 1
    print(lost)


if __name__ == "__main__":
    if len(sys.argv) == 2:
        main(Path(sys.argv[1]))
    else:
        race(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
