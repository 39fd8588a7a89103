"""Times as people read them: local ones. Where summer time ends, an hour comes twice: then its zone is part of it."""

from datetime import datetime, timezone

OUT_OF_RANGE = "a time out of range"


def local(microseconds: int) -> datetime | None:
    """With its time zone; None outside the calendar."""
    try:
        return datetime.fromtimestamp(microseconds // 1_000_000, timezone.utc).astimezone()
    except (OverflowError, ValueError, OSError):
        return None


def hour_label(microseconds: int, day_first: bool = True) -> str:
    """The beginning of an hour, on one line; or, with the day last, on two, for the axis of a picture."""
    moment = local(microseconds)
    if not moment:
        return OUT_OF_RANGE if day_first else "?"
    clock = f"{moment:%H:%M}" + (f" {moment.tzname()}" if _comes_twice(moment) else "")
    return f"{moment:%Y-%m-%d} {clock}" if day_first else f"{clock}\n{moment:%d %b}"


def moment_label(microseconds: int) -> str:
    moment = local(microseconds)
    return f"{moment:%Y-%m-%d %H:%M:%S %Z}" if moment else OUT_OF_RANGE


def _comes_twice(moment: datetime) -> bool:
    # Without their zone, two moments have the same name; astimezone() takes `fold` for the earlier or the later one.
    name = moment.replace(tzinfo=None)
    return name.replace(fold=0).astimezone() != name.replace(fold=1).astimezone()
