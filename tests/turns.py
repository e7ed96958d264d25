"""Whether what runs here gives up the interpreter's lock, so that others go first."""

import sys
import threading
import time


class Turns:
    """Another thread that takes the lock whenever it is given up, and counts that."""

    def __enter__(self):
        self._count = 0
        self._stop = threading.Event()
        self._interval = sys.getswitchinterval()
        sys.setswitchinterval(5.0)  # nobody loses it who does not give it up
        self._thread = threading.Thread(target=self._take)
        self._thread.start()
        return self

    def __exit__(self, *_):
        sys.setswitchinterval(self._interval)
        self._stop.set()
        self._thread.join()

    def _take(self):
        while not self._stop.is_set():
            self._count += 1
            time.sleep(0)  # gives it up, and takes it again at once

    def during(self, work, times=1000):
        """How often it got the lock while `work` was done so many times."""
        before = self._count
        for _ in range(times):
            work()
        return self._count - before
