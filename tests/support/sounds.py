"""Recordings for tests, made here."""

from __future__ import annotations

import io
import wave


def recording(seconds: int) -> bytes:
    """Return a WAV file of silence."""
    made = io.BytesIO()
    with wave.open(made, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(1)
        file.setframerate(100)
        file.writeframes(b"\x80" * 100 * seconds)
    return made.getvalue()
