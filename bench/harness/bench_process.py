"""Running a program and measuring it as a whole: CPU, wall, largest resident set; also under a limit."""
import dataclasses
import os
import pathlib
import resource
import shutil
import subprocess
import tempfile
import time

TIME = "/usr/bin/time"
GROUPS_V1 = pathlib.Path("/sys/fs/cgroup/memory")
GROUPS_V2 = pathlib.Path("/sys/fs/cgroup")
WORDS_BYTES_MAX = 2000  # of what a program said last


@dataclasses.dataclass
class Usage:
    status: int
    wall_s: float
    cpu_s: float
    peak_bytes: int  # 0: not measured
    words: str  # the end of what it said on stderr


class Limit:
    """A hard limit of memory for the programs started under it; `name` says which mechanism it is."""

    def __init__(self, limit_bytes):
        self.bytes = limit_bytes
        self.folder, self.name = None, ""
        for root, file in ((GROUPS_V1, "memory.limit_in_bytes"), (GROUPS_V2, "memory.max")):
            folder = root / f"akashi-bench-{os.getpid()}"
            try:
                folder.mkdir()
            except OSError:
                continue
            try:
                (folder / file).write_text(str(limit_bytes))
            except OSError:
                folder.rmdir()
                continue
            self.folder, self.name = folder, f"cgroup {file} (page cache counts too)"
            return
        self.name = "RLIMIT_DATA (private memory; no cgroup can be made here)"

    def enter(self):
        """In the child, before the program begins."""
        if self.folder:
            (self.folder / "cgroup.procs").write_text(str(os.getpid()))
        else:
            resource.setrlimit(resource.RLIMIT_DATA, (self.bytes, self.bytes))

    def close(self):
        if not self.folder:
            return
        for _ in range(50):
            try:
                self.folder.rmdir()
                return
            except OSError:
                time.sleep(0.05)


def run(command, *, stdin=None, stdout=None, env=None, limit=None, peak=True):
    """stdin: bytes. stdout: an open file; thrown away without. The peak is GNU time's: from wait4 a
    program would begin with the peak of the one that started it."""
    note = tempfile.NamedTemporaryFile("r")
    whole = [str(word) for word in command]
    measured = peak and os.access(TIME, os.X_OK)
    if measured:
        whole = [TIME, "-f", "%M", "-o", note.name] + whole
    with tempfile.TemporaryFile() as said, tempfile.TemporaryFile() as given:
        given.write(stdin or b"")
        given.seek(0)
        begun = time.perf_counter()
        process = subprocess.Popen(
            whole,
            stdin=given,
            stdout=stdout or subprocess.DEVNULL,
            stderr=said,
            env=env,
            preexec_fn=limit.enter if limit else None,
        )
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
        said.seek(max(0, said.seek(0, os.SEEK_END) - WORDS_BYTES_MAX))
        words = said.read().decode("utf-8", "replace").strip()
    peak_kib = int((note.read().split() or ["0"])[-1]) if measured else 0
    note.close()
    return Usage(
        process.returncode, wall, used.ru_utime + used.ru_stime, peak_kib * 1024, words
    )


def bytes_under(path):
    path = pathlib.Path(path)
    if path.is_file():
        return path.stat().st_size
    return sum(entry.stat().st_size for entry in path.rglob("*") if entry.is_file())


def have(name):
    return shutil.which(name) is not None
