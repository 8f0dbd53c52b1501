"""How a message that is stored is mailed: once, or the owner learns that nobody knows.

What is due is found in the store, so that a function that died in the middle is gone on from by the
next schedule.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from . import core
from .core import Message, State
from .mailer import Mailer, compose, notice, waiting_notice
from .store import Store

NOTICE_AFTER = 600
"""Seconds after which the owner learns of a message of which nobody knows whether it was sent."""
MAX_NOTICES = 5
ALARM_ATTEMPTS = 3
"""Refusals of one message after which it is no passing trouble: the log then says ERROR, on which
the stack's alarm waits."""


class Delivery:
    """Mails what the store holds; `store` and `mailer` are opened when they are first needed.

    `site` is the site's address, `daily` how many mails go out in a day.
    """

    def __init__(
        self,
        store: Callable[[], Store],
        mailer: Callable[[], Mailer],
        clock: Callable[[], float],
        *,
        site: str,
        daily: int,
    ) -> None:
        self._store, self._mailer, self._clock = store, mailer, clock
        self._site, self._daily = site, daily
        self._told = ""

    @property
    def store(self) -> Store:
        """The store."""
        return self._store()

    @property
    def mailer(self) -> Mailer:
        """The mailer."""
        return self._mailer()

    def retry(self, more_time: Callable[[], bool] = lambda: True) -> dict[str, Any]:
        """Do the schedule's work on every message that is due; return how many had what fate.

        What goes wrong with one message keeps no other back; it is raised when all were seen.
        """
        fates: dict[str, int] = {"sent": 0, "pending": 0, "unsure": 0, "failed": 0}
        failure: Exception | None = None
        now = int(self._clock())
        for message_id in self.store.due(now, 100):
            if not more_time():
                break
            try:
                state = self._care_for(message_id, now)
            except Exception as error:  # noqa: BLE001 - whatever it is, the others are due as well
                failure = failure or error
                continue
            if state in fates:
                fates[state] += 1
        steps: tuple[Callable[[], Iterable[str] | None], ...] = (
            lambda: self.store.destroy_salts(core.day_of(now)),
            lambda: self._mail_waiting(now, more_time),
            lambda: self._tell_who_waits(now),
        )
        for step in steps:
            try:
                for state in step() or ():
                    fates[state] = fates.get(state, 0) + 1
            except Exception as error:  # noqa: BLE001 - the next step is due as well
                failure = failure or error
        if any(fates.values()):
            print(json.dumps({"level": "WARN" if fates["unsure"] else "INFO", "mail": fates}))
        if failure:
            raise failure
        return dict(fates)

    def _mail_waiting(self, now: int, more_time: Callable[[], bool]) -> Iterator[str]:
        """Mail what waits, as far as the day has room, and yield the states then.

        Half of a day's mails at most: the other half is for those who write today.
        """
        day, expires = core.day_of(now), now + 2 * 86_400
        for message_id in self.store.waiting(now):
            if not more_time():
                return
            if self.store.hit(f"late#{day}", expires) > max(1, self._daily // 2):
                return
            if self.store.hit(f"mail#{day}", expires) > self._daily:
                return
            if message := self.deliver(message_id, now):
                yield message.state

    def _tell_who_waits(self, now: int) -> None:
        """Tell the owner once a day, by mail and by the alarm, how many messages wait and why."""
        day = core.day_of(now)
        if self._told == day or not any(self.store.waiting(now + 2 * 86_400)):
            return
        mine = os.urandom(8).hex()
        if self.store.first(f"waits#{day}", mine, now + 2 * 86_400) == mine:
            waits = self.store.waits()
            alarm("waiting", ", ".join(f"{n} {why}" for why, n in sorted(waits.items())))
            self.mailer.send(waiting_notice(waits, day, self._daily))
        self._told = day

    def _care_for(self, message_id: str, now: int) -> str:
        """Do what is due at one message; return its state then, or nothing if it is not there."""
        message = self.store.get(message_id)
        if message is None:
            return ""
        if message.state == "pending":
            message = self.deliver(message_id, now)
        elif message.state == "sending" and message.due <= now:
            # Whoever was mailing it died in the middle.
            self.store.settle(message, "unsure", now + NOTICE_AFTER, "interrupted")
            message = message._replace(state="unsure")
        elif message.state == "unsure" and message.due <= now:
            self._tell_owner(message, now)
        return message.state if message else ""

    def deliver(self, message_id: str, now: int) -> Message | None:
        """Mail a pending message once; return it as it is now, or None if another has it."""
        mailer = self.mailer  # wrong settings must fail before the message is taken
        message = self.store.claim(message_id, os.urandom(8).hex(), now, now + core.LEASE)
        if message is None:
            return None
        outcome = mailer.send(compose(message, self._site))
        if outcome.kind == "sent":
            self.store.settle(message, "sent", 0, sent=now, mail_id=outcome.detail)
            return message._replace(state="sent")
        if outcome.kind == "unsure":
            self.store.settle(message, "unsure", now + NOTICE_AFTER, outcome.detail)
            return message._replace(state="unsure")
        given_up = now - message.received > core.GIVE_UP
        if given_up or message.attempts >= ALARM_ATTEMPTS:
            alarm("refused", outcome.detail)
        state: State = "failed" if given_up else "pending"
        due = 0 if given_up else core.next_try(message.attempts, now)
        self.store.settle(message, state, due, outcome.detail)
        return message._replace(state=state)

    def _tell_owner(self, message: Message, now: int) -> None:
        """Send the notice about a message in doubt, a few times at most."""
        tries = self.store.hit(f"notice#{message.id}", now + 30 * 86_400)
        gone = True
        if tries <= MAX_NOTICES:
            outcome = self.mailer.send(notice(message))
            gone = outcome.kind == "sent"
            if not gone:
                alarm("in doubt, without a notice", outcome.detail)
        due = 0 if gone else core.next_try(tries + 4, now)
        self.store.settle(message, "unsure", due, message.error)


def alarm(mail: str, detail: str) -> None:
    """Write the line that wakes the owner; `detail` is the mail server's short name for it."""
    print(json.dumps({"level": "ERROR", "mail": mail, "detail": detail}))
