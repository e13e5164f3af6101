"""Runs a command and prints its wall seconds, CPU seconds (user and system, all threads) and peak of anonymous
memory in KiB, which is looked at every 20 ms. The command's own output is dropped."""

import os
import subprocess
import sys
import time


def anonymous(pid):
    try:
        with open(f"/proc/{pid}/status") as status:
            return next((int(line.split()[1]) for line in status if line.startswith("RssAnon")), 0)
    except OSError:
        return 0


start = time.monotonic()
child = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
peak = 0
while True:
    done, status, usage = os.wait4(child.pid, os.WNOHANG)
    if done:
        break
    peak = max(peak, anonymous(child.pid))
    time.sleep(0.02)
wall = time.monotonic() - start
if status:
    sys.exit(f"{sys.argv[1]} failed with status {status}")
print(f"{wall:.3f} {usage.ru_utime + usage.ru_stime:.3f} {peak}")
