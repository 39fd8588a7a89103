"""What stands on a screen of numbered messages."""
import re

from deadline import wait_until


def text(window):
    return "\n".join(window.lines(history=True))


def said(window):
    """What stands on the screen of `text N`, in this order."""
    return [int(number) for number in re.findall(r"\btext (\d+)\b", text(window))]


def wait_for_said(window, numbers):
    numbers = list(numbers)
    try:
        wait_until(lambda: said(window) == numbers, "")
    except AssertionError:
        have = said(window)
        place = next((place for place, pair in enumerate(zip(have, numbers)) if pair[0] != pair[1]), min(len(have), len(numbers)))
        raise AssertionError(f"from the {place}th on wanted {numbers[place:place + 10]} of {len(numbers)}, have {have[place:place + 10]} of {len(have)}\n" + "\n".join(window.lines(history=True)[:14])) from None
