"""Reads for the main thread while a run keeps it."""

from __future__ import annotations

import os
import select
import threading

from .answers import AnswerWriter, leave_orphaned
from .intake import Intake

#: A run that takes longer than this gets a stand-in.
_TICK_SECONDS = 0.01


class StandIn:
    """A thread that sleeps while runs are short.

    Handing every request from a reading thread to a running one would cost a third of the throughput. So the main
    thread reads for itself, and only when one run is still on after a tick does this thread read in its place: it
    sees cancels and answers to calls, sends answers that were held, and notices that the parent is gone.
    """

    def __init__(self, intake: Intake, answers: AnswerWriter) -> None:
        self._intake = intake
        self._answers = answers
        self._runs = 0
        self._resting = True
        self._reads = False
        self._needed = threading.Event()
        self._hurry = threading.Event()
        self._recall_out, self._recall_in = os.pipe()
        threading.Thread(target=self._watch, name="runyard-stand-in", daemon=True).start()

    def begin(self) -> None:
        """The main thread begins a run."""
        self._runs += 1
        if self._reads:
            self._recall()

    def rest(self) -> None:
        """The main thread reads by itself from here."""
        self._resting = True
        if self._reads:
            self._recall()

    def rise(self) -> None:
        """The main thread goes on to run what it read."""
        self._resting = False
        if not self._needed.is_set():
            self._needed.set()

    def hurry(self) -> None:
        """The run waits for the parent's answer: read at once, not after the next tick."""
        self._hurry.set()

    def _recall(self) -> None:
        os.write(self._recall_in, b"\n")

    def _watch(self) -> None:
        while True:
            self._needed.wait()
            run = self._runs
            hurried = self._hurry.wait(_TICK_SECONDS)
            self._hurry.clear()
            if self._resting:
                self._sleep()
            elif hurried or self._runs == run:
                self._stand_in(self._runs)

    def _sleep(self) -> None:
        self._needed.clear()
        if not self._resting:  # work came between the question and the answer
            self._needed.set()

    def _stand_in(self, run: int) -> None:
        self._answers.flush()
        if not self._intake.reading.acquire(blocking=False):
            return  # the main thread reads
        self._reads = True
        try:
            self._read_during(run)
        finally:
            self._reads = False
            self._intake.reading.release()

    def _read_during(self, run: int) -> None:
        poller = select.poll()
        poller.register(self._answers.descriptor, 0)  # hang-ups are always told
        poller.register(self._recall_out, select.POLLIN)
        if not self._intake.ended:
            poller.register(self._intake.descriptor, select.POLLIN)
        while self._runs == run and not self._resting:
            for descriptor, _ in poller.poll():
                if descriptor == self._recall_out:
                    os.read(self._recall_out, 4096)
                elif descriptor == self._answers.descriptor:
                    leave_orphaned()
                else:
                    self._intake.read()
                    if self._intake.ended:
                        poller.unregister(descriptor)
