"""Tests of the module `clock` with a real interpreter. `cargo test` runs them."""

import faulthandler
import os
import signal
import subprocess
import sys
import threading
import time
import unittest

from clock import Clock

MINUTE = 60.0
SHORT = 0.02

# No test takes longer than a call of a minute would: a call that is not interrupted fails.
WATCHDOG = 50


def waits(clock, calls=1):
    """Returns when so many calls are in flight."""
    while clock.in_flight() < calls:
        time.sleep(0.001)


def interrupted_when_waiting(clock, calls=1):
    """Lets another process send a signal to this one when so many calls wait."""

    def send():
        waits(clock, calls)
        subprocess.run(["kill", "-INT", str(os.getpid())], check=True)

    thread = threading.Thread(target=send)
    thread.start()
    return thread


class ClockTest(unittest.TestCase):
    def setUp(self):
        faulthandler.dump_traceback_later(WATCHDOG, exit=True)
        self.clock = Clock()

    def tearDown(self):
        faulthandler.cancel_dump_traceback_later()

    def is_interrupted(self, call, calls=1):
        """Whether Ctrl-C ends the call, with the exception that the handler raises, and the clock goes on."""
        sender = interrupted_when_waiting(self.clock, calls)
        with self.assertRaises(KeyboardInterrupt) as raised:
            call()
        sender.join()
        self.assertIn("handler", str(raised.exception))
        self.assertEqual(self.clock.in_flight(), 0)
        self.clock.sleep(SHORT)


class Interrupt(ClockTest):
    def setUp(self):
        super().setUp()

        def handler(number, frame):
            raise KeyboardInterrupt("from the handler")

        before = signal.signal(signal.SIGINT, handler)
        self.addCleanup(signal.signal, signal.SIGINT, before)

    def test_call(self):
        self.is_interrupted(lambda: self.clock.sleep(MINUTE))

    def test_call_without_the_gil(self):
        self.is_interrupted(lambda: self.clock.sleep_detached(MINUTE))

    def test_call_of_a_function_later(self):
        self.is_interrupted(lambda: self.clock.call_later(MINUTE, lambda: None))

    def test_iterator(self):
        ticks = self.clock.ticks(MINUTE)
        self.is_interrupted(lambda: next(ticks))

    def test_call_inside_of_a_call(self):
        """The inner call is made on a thread of the bridge, where Python runs no handlers."""
        inner = []

        def call():
            try:
                self.clock.sleep(MINUTE)
            except KeyboardInterrupt as raised:
                inner.append(str(raised))
                raise

        self.is_interrupted(lambda: self.clock.call_later(SHORT, call), calls=2)
        self.assertEqual(inner, ["from the handler"])

    def test_handler_that_raises_nothing(self):
        """The call goes on. The handler makes a call of its own, and raises only the second time."""
        handled = []

        def handler(number, frame):
            self.clock.sleep(SHORT)
            handled.append(number)
            if len(handled) == 2:
                raise KeyboardInterrupt("from the handler")

        signal.signal(signal.SIGINT, handler)

        def send():
            for times in range(2):
                while len(handled) < times:
                    time.sleep(0.001)
                waits(self.clock)
                os.kill(os.getpid(), signal.SIGINT)

        sender = threading.Thread(target=send)
        sender.start()
        self.assertRaises(KeyboardInterrupt, self.clock.sleep, MINUTE)
        sender.join()
        self.assertEqual(handled, [signal.SIGINT, signal.SIGINT])

    def test_default_handler(self):
        signal.signal(signal.SIGINT, signal.default_int_handler)
        sender = interrupted_when_waiting(self.clock)
        self.assertRaises(KeyboardInterrupt, self.clock.sleep, MINUTE)
        sender.join()


class Threads(ClockTest):
    def test_others_run_during_a_call(self):
        """The call returns only when another thread has counted."""
        counted = 0
        go = threading.Event()

        def count():
            nonlocal counted
            go.wait()
            for counted in range(1, 1001):
                pass

        thread = threading.Thread(target=count)
        thread.start()

        def enough():
            go.set()
            thread.join()
            return counted

        self.assertEqual(self.clock.call_later(SHORT, enough), 1000)

    def test_python_runs_on_a_thread_of_the_bridge(self):
        caller = threading.get_ident()
        callee = self.clock.call_later(SHORT, threading.get_ident)
        self.assertNotEqual(caller, callee)
        with self.assertRaises(ZeroDivisionError):
            self.clock.call_later(SHORT, lambda: 1 / 0)

    def test_calls_at_once(self):
        results = []
        arrived = threading.Event()

        def all_wait():
            if not arrived.is_set():
                waits(self.clock, 8)
                arrived.set()

        def call(number):
            for _ in range(50):
                self.clock.sleep(0.001)
            # The first one to be called returns only when the calls of all threads wait.
            results.append(self.clock.call_later(SHORT, lambda: all_wait() or number))

        threads = [threading.Thread(target=call, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(sorted(results), list(range(8)))

    def test_call_inside_of_a_call(self):
        def call():
            self.clock.sleep(SHORT)
            return self.clock.call_later(SHORT, lambda: 7)

        self.assertEqual(self.clock.call_later(SHORT, call), 7)

    def test_callers_without_the_gil(self):
        for _ in range(10):
            self.clock.sleep_detached(0.001)
            self.clock.sleep_elsewhere(0.001)
        self.clock.call_later(SHORT, lambda: self.clock.sleep_detached(0.001))

    def test_one_iterator_for_several_threads(self):
        ticks = self.clock.ticks(0.001)
        seen = []
        threads = [threading.Thread(target=lambda: seen.extend(next(ticks) for _ in range(10))) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(sorted(seen), list(range(40)))


class Iterator(ClockTest):
    def test_items_in_order(self):
        ticks = self.clock.ticks(0.001)
        self.assertIs(iter(ticks), ticks)
        self.assertEqual([next(ticks) for _ in range(5)], [0, 1, 2, 3, 4])

    def test_outlives_the_clock(self):
        ticks = Clock().ticks(0.001)
        self.assertEqual(next(ticks), 0)


class Errors(ClockTest):
    def test_bad_arguments(self):
        self.assertRaises(ValueError, self.clock.sleep, -1.0)
        self.assertRaises(ValueError, self.clock.ticks, float("nan"))
        self.assertRaises(TypeError, self.clock.sleep, "long")


@unittest.skipUnless(hasattr(os, "fork"), "this system has no fork")
class Fork(ClockTest):
    def in_child(self, check):
        """Whether `check` is true in a forked child."""
        child = os.fork()
        if child == 0:
            # Ends a child that hangs. The watchdog of `faulthandler` is a thread of the parent.
            signal.alarm(WATCHDOG)
            try:
                os._exit(0 if check() else 1)
            finally:
                os._exit(2)
        _, status = os.waitpid(child, 0)
        self.assertEqual(status, 0)

    def is_refused(self):
        ticks = self.clock.ticks(SHORT)
        calls = [
            lambda: self.clock.sleep(0),
            lambda: self.clock.sleep(MINUTE),
            lambda: self.clock.call_later(0, list),
            lambda: next(ticks),
        ]
        for call in calls:
            try:
                call()
            except RuntimeError as error:
                if "before `fork`" not in str(error):
                    return False
            else:
                return False
        return True

    def test_child_is_refused_and_the_parent_goes_on(self):
        self.clock.sleep(SHORT)
        self.in_child(self.is_refused)
        self.clock.sleep(SHORT)

    def test_child_of_a_thread_while_a_call_waits(self):
        leave = threading.Event()
        thread = threading.Thread(target=lambda: self.clock.call_later(SHORT, leave.wait))
        thread.start()
        waits(self.clock)
        self.in_child(self.is_refused)
        leave.set()
        thread.join()

    def test_child_has_a_clock_of_its_own(self):
        def works():
            clock = Clock()
            clock.sleep(SHORT)
            return clock.call_later(SHORT, lambda: 5) == 5

        self.in_child(works)


class Exit(unittest.TestCase):
    def is_clean(self, program):
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=WATCHDOG)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "end\n", ""))

    def test_after_calls(self):
        self.is_clean(
            "from clock import Clock\n"
            "clock = Clock(); ticks = clock.ticks(0.001)\n"
            "clock.sleep(0.01); next(ticks); clock.call_later(0.01, int)\n"
            "print('end')\n"
        )

    def test_while_other_threads_wait(self):
        """Daemon threads, whose calls are over with the interpreter."""
        self.is_clean(
            "import threading, time\n"
            "from clock import Clock\n"
            "clock = Clock()\n"
            "def start(*call):\n"
            "    threading.Thread(target=call[0], args=call[1:], daemon=True).start()\n"
            "start(clock.sleep, 60)\n"
            "start(clock.call_later, 60, int)\n"
            "start(lambda: [clock.sleep(0.0005) for _ in range(100000)])\n"
            "start(lambda: [clock.call_later(0.0005, int) for _ in range(100000)])\n"
            "start(lambda: [clock.sleep_detached(0.0005) for _ in range(100000)])\n"
            "start(lambda: [clock.sleep_elsewhere(0.0005) for _ in range(100000)])\n"
            "while clock.in_flight() < 4: time.sleep(0.001)\n"
            "print('end')\n"
        )

    def test_calls_of_exit_handlers_and_destructors(self):
        self.is_clean(
            "import atexit\n"
            "from clock import Clock\n"
            "clock = Clock()\n"
            "atexit.register(lambda: (clock.sleep(0.01), print('end')))\n"
            "class Kept:\n"
            "    def __init__(self): self.clock = clock\n"
            "    def __del__(self):\n"
            "        self.clock.sleep(0.01)\n"
            "        # No other thread may run Python any more.\n"
            "        try: self.clock.call_later(0.01, int)\n"
            "        except RuntimeError as error: assert 'is ending' in str(error)\n"
            "        else: assert False\n"
            "kept = Kept()\n"
        )

    def test_by_ctrl_c(self):
        """A program that nothing keeps from ending ends as Python programs do."""
        program = "from clock import Clock\nclock = Clock()\nprint('waits', flush=True)\nclock.sleep(60)\n"
        child = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        child.stdout.readline()
        child.send_signal(signal.SIGINT)
        _, err = child.communicate(timeout=WATCHDOG)
        self.assertEqual(child.returncode, -signal.SIGINT)
        self.assertTrue(err.endswith("KeyboardInterrupt\n"), err)


if __name__ == "__main__":
    unittest.main(verbosity=2)
