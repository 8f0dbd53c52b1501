import datetime as dt
import re
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.core.dates import parse_date

LISBON = ZoneInfo("Europe/Lisbon")  # +00:00 in winter, +01:00 in summer


@pytest.mark.parametrize(
    ("text", "moment", "timed"),
    [
        ("2021-01-05", "2021-01-05T00:00:00+00:00", False),
        ("2021-07-05", "2021-07-05T00:00:00+01:00", False),
        ("2021-7-5", "2021-07-05T00:00:00+01:00", False),
        ("  2021-07-05  ", "2021-07-05T00:00:00+01:00", False),
        ("2021-07-05 14:30", "2021-07-05T14:30:00+01:00", True),
        ("2021-07-05T14:30:59", "2021-07-05T14:30:59+01:00", True),
        ("2021-07-05T14:30:00Z", "2021-07-05T15:30:00+01:00", True),
        ("2021-07-05t14:30:00z", "2021-07-05T15:30:00+01:00", True),
        ("2021-07-05 14:30:00 UTC", "2021-07-05T15:30:00+01:00", True),
        ("2021-07-05 14:30:00 +0200", "2021-07-05T13:30:00+01:00", True),
        ("2021-07-05T23:30:00-07:00", "2021-07-06T07:30:00+01:00", True),
        ("2021-07-05T14:30:00.123456789+01:00", "2021-07-05T14:30:00+01:00", True),
        # The hour that the clocks leave out in spring becomes the one that is there instead.
        ("2021-03-28 01:30", "2021-03-28T02:30:00+01:00", True),
        # Of the hour that autumn has twice, the first is meant, unless an offset says otherwise.
        ("2021-10-31 01:30", "2021-10-31T01:30:00+01:00", True),
        ("2021-10-31 01:30 +0000", "2021-10-31T01:30:00+00:00", True),
    ],
)
def test_dates_as_writers_type_them(text: str, moment: str, timed: bool) -> None:
    read, has_time = parse_date(text, LISBON)
    assert (read.isoformat(), has_time) == (moment, timed)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("yesterday", "`yesterday` is not a date such as 2021-05-01 or 2021-05-01 14:30"),
        ("01.05.2021", "`01.05.2021` is not a date such as 2021-05-01 or 2021-05-01 14:30"),
        ("2021-02-30", "`2021-02-30` is a day that no calendar has"),
        ("0000-01-01", "`0000-01-01` is a day that no calendar has"),
        ("2021-05-01 24:00", "`24:00` is not a time of day"),
        ("2021-05-01 12:61", "`12:61` is not a time of day"),
        ("2021-05-01 12:00 +9900", "`+9900` is not an offset from UTC"),
        (
            "0001-01-01 00:00 +1400",
            "`0001-01-01 00:00 +1400` is outside the years 1 to 9999 in the site's zone",
        ),
        ("2021-05-0١", "`2021-05-0١` is not a date such as 2021-05-01 or 2021-05-01 14:30"),
    ],
)
def test_what_is_no_date(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        parse_date(text, LISBON)


@given(st.integers(-62_000_000_000, 253_000_000_000))
def test_what_is_written_as_iso_is_read_back(seconds: int) -> None:
    local = (dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(seconds=seconds)).astimezone(
        LISBON
    )
    text = local.isoformat()
    if len(text) == 25:  # zones had odd seconds before they were standardised
        assert parse_date(text, LISBON) == (local, True)
        assert parse_date(text, LISBON)[0].isoformat() == text


@given(st.text(max_size=40))
def test_any_text_is_a_date_or_a_value_error(text: str) -> None:
    try:
        moment, _ = parse_date(text, LISBON)
    except ValueError:
        return
    assert moment.tzinfo is LISBON
