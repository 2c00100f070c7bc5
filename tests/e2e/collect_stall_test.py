#!/usr/bin/env python3
"""A disk that stalls while senders go on: nothing is acknowledged meanwhile, memory stays bounded, and when
it works again each event is there once.

usage: collect_stall_test.py BUILD_FOLDER [NAME]    (prints TAP; NAME: only the cases that contain it)

The stall is made by a library put before fdatasync(2): it waits as long as a file exists.
"""
import pathlib
import shutil
import socket
import subprocess
import sys
import threading
import time

from collect_kill_test import Elastic
from collect_kit import BUILD, Place, Server, Skip, event, expect_each_once, run_cases, wait_for

STALL_SECONDS = 5
GROWTH_MIB_MAX = 192  # batches, connections and the kernel's share of neither
SHIM = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>
int fdatasync(int fd)
{
    static int (*real)(int);
    if (!real) real = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
    while (getenv("STALL_FILE") && access(getenv("STALL_FILE"), F_OK) == 0) usleep(20000);
    return real(fd);
}
"""


def resident_mib(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    raise AssertionError("no VmRSS")


def make_shim(folder):
    compiler = shutil.which("cc")
    if not compiler:
        raise Skip("cc is missing (package gcc)")
    if b"__asan_init" in (BUILD / "akashi").read_bytes() or b"__tsan_init" in (BUILD / "akashi").read_bytes():
        raise Skip("a sanitizer's library must come first")
    (folder / "shim.c").write_text(SHIM)
    subprocess.run([compiler, "-shared", "-fPIC", "-o", folder / "shim.so", folder / "shim.c", "-ldl"],
                   check=True, timeout=60)
    return {"LD_PRELOAD": str(folder / "shim.so"), "STALL_FILE": str(folder / "stall")}


def stream(port, over, sent):
    """As many lines over TCP as are taken; they wait in the sender when nobody reads."""
    number = 0
    with socket.create_connection(("127.0.0.1", port)) as sender:
        while not over.is_set():
            lines = "".join(f"<13>{event('tcp', at)} {'x' * 200}\n" for at in range(number, number + 200))
            sender.sendall(lines.encode())
            number += 200
            time.sleep(0.001)
    sent.append(number)


def bulk(port, over, sent, stalled):
    sender, number = Elastic(port), 0
    while not over.is_set():
        begun = time.monotonic()
        was_stalled = stalled.is_set()
        try:
            sender.send("bulk", list(range(number, number + 100)))
        except OSError:  # the client's own patience is at its end: it sends again
            sender.close()
            continue
        number += 100
        assert not (was_stalled and stalled.is_set() and time.monotonic() - begun < STALL_SECONDS), \
            "acknowledged while nothing could become durable"
    sent.append(number)


def stalled_disk(folder):
    place = Place(folder, ["elastic"])
    place.env.update(make_shim(folder))
    over, stalled = threading.Event(), threading.Event()
    sent_lines, sent_documents = [], []
    with Server(place) as server:
        senders = [threading.Thread(target=stream, args=(place.syslog_port, over, sent_lines)),
                   threading.Thread(target=bulk, args=(place.ports["elastic"], over, sent_documents,
                                                       stalled))]
        for sender in senders:
            sender.start()
        try:
            time.sleep(1.5)
            before = resident_mib(server.process.pid)
            (folder / "stall").touch()
            time.sleep(0.3)  # what was under way when it began is through
            stalled.set()
            time.sleep(STALL_SECONDS)
            after = resident_mib(server.process.pid)
        finally:
            stalled.clear()
            (folder / "stall").unlink(missing_ok=True)
            time.sleep(0.5)
            over.set()
        for sender in senders:
            sender.join(60)
        assert sent_lines and sent_documents, "a sender is not through"
        assert after - before < GROWTH_MIB_MAX, f"{before:.0f} MiB grew to {after:.0f} MiB"
        wanted = sent_lines[0] + sent_documents[0]
        wait_for(lambda: len(place.counts()) >= wanted, 40)
        found = place.counts()
        expect_each_once(found, "tcp", sent_lines[0])
        expect_each_once(found, "bulk", sent_documents[0])
        server.stop()
    return f"{before:.0f} MiB before, {after:.0f} MiB after {STALL_SECONDS} s; {wanted} events"


CASES = [("a disk that stalls", stalled_disk)]

if __name__ == "__main__":
    sys.exit(run_cases(CASES))
