"""scripts/fetch-data against a server on this machine."""

import hashlib
import http.server
import io
import os
import subprocess
import sys
import tarfile
import tempfile
import threading
import unittest
import zipfile
from pathlib import Path

SCRIPT = Path(__file__).resolve().parents[2] / "scripts/fetch-data"


class Server(http.server.ThreadingHTTPServer):
    """Serves `files` (name to bytes) and remembers what was asked for."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.files, self.requests = {}, []
        self.knows_ranges = True
        self.break_after = None  # bytes after which the first answer ends


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        asked = self.headers.get("Range")
        self.server.requests.append((self.path, asked))
        content = self.server.files.get(self.path.removeprefix("/mirror/"))
        if content is None:
            self.send_error(404)
            return
        offset = int(asked.removeprefix("bytes=").rstrip("-")) if asked and self.server.knows_ranges else 0
        self.send_response(206 if offset else 200)
        if offset:
            self.send_header("Content-Range", f"bytes {offset}-{len(content) - 1}/{len(content)}")
        self.send_header("Content-Length", str(len(content) - offset))
        self.end_headers()
        end, self.server.break_after = self.server.break_after, None
        self.wfile.write(content[offset:end])

    def log_message(self, *_):
        pass


def tar_gz(files):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


def zipped(files):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


class FetchData(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = Path(scratch.name)
        self.out = self.folder / "sets/mine"
        self.server = Server()
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)
        self.base = f"http://127.0.0.1:{self.server.server_port}/mirror"

    def serve(self, files, sums=None):
        self.server.files = files
        lines = [f"{name} {len(content)} {hashlib.md5(content).hexdigest()}\n" for name, content in files.items()]
        (self.folder / "sums").write_text(sums or "".join(lines))

    def fetch(self, dataset="cifar10"):
        self.server.requests.clear()
        done = subprocess.run([sys.executable, str(SCRIPT), dataset, "-o", str(self.out), "--base-url", self.base,
                               "--sums", str(self.folder / "sums")], capture_output=True, text=True, check=False,
                              env=os.environ | {"no_proxy": "127.0.0.1"}, timeout=60)
        return done.returncode, done.stderr

    def content(self):
        return {str(path.relative_to(self.out)): path.read_bytes() for path in self.out.rglob("*") if path.is_file()}

    def leftovers(self):
        return sorted(path.name for path in self.out.parent.iterdir()) if self.out.parent.exists() else []

    def refused(self, message, dataset="cifar10"):
        status, error = self.fetch(dataset)
        self.assertEqual((status, error.splitlines()[-1]), (1, f"fetch-data: {message}"))
        self.assertFalse(self.out.exists())

    def test_an_archive_is_unpacked_without_its_outer_folder_and_not_fetched_twice(self):
        for dataset, pack, name in (("cifar10", tar_gz, "a.tar.gz"), ("tiny-imagenet", zipped, "a.zip")):
            self.out = self.folder / dataset / "mine"
            self.serve({name: pack({"outer/x.bin": b"12345", "outer/deep/y.txt": b"words"})})
            status, error = self.fetch(dataset)
            self.assertEqual(status, 0, error)
            self.assertEqual(self.content(), {"x.bin": b"12345", "deep/y.txt": b"words"})
            self.assertEqual(self.leftovers(), ["mine"])
            self.assertEqual(self.server.requests, [(f"/mirror/{name}", None)])
            status, error = self.fetch(dataset)
            self.assertEqual((status, error), (0, f"{self.out}: there already\n"))
            self.assertEqual(self.server.requests, [])

    def test_single_files_lie_in_the_folder_as_they_came(self):
        files = {"train.gz": b"\x1f\x8b first", "t10k.gz": b"second"}
        self.serve(files)
        status, error = self.fetch("fashion-mnist")
        self.assertEqual(status, 0, error)
        self.assertEqual(self.content(), files)

    def test_a_broken_connection_goes_on_where_it_stopped(self):
        self.serve({"a.tar.gz": tar_gz({"outer/x.bin": os.urandom(100000)})})
        self.server.break_after = 30000
        status, error = self.fetch()
        self.assertEqual(status, 0, error)
        self.assertEqual(self.server.requests, [("/mirror/a.tar.gz", None), ("/mirror/a.tar.gz", "bytes=30000-")])
        self.assertEqual(len(self.content()["x.bin"]), 100000)

    def test_an_interrupted_command_goes_on_where_it_stopped(self):
        archive = tar_gz({"outer/x.bin": os.urandom(50000)})
        self.serve({"a.tar.gz": archive})
        part = self.out.with_name("mine.partial") / "a.tar.gz.part"
        part.parent.mkdir(parents=True)
        part.write_bytes(archive[:20000])
        status, error = self.fetch()
        self.assertEqual(status, 0, error)
        self.assertEqual(self.server.requests, [("/mirror/a.tar.gz", "bytes=20000-")])
        self.assertEqual(self.leftovers(), ["mine"])

    def test_a_server_that_sends_all_again_is_no_trouble(self):
        self.serve({"a.tar.gz": tar_gz({"outer/x.bin": os.urandom(100000)})})
        self.server.knows_ranges = False
        self.server.break_after = 30000
        status, error = self.fetch()
        self.assertEqual(status, 0, error)
        self.assertEqual(len(self.content()["x.bin"]), 100000)

    def test_another_content_is_refused_and_not_kept(self):
        self.serve({"a.tar.gz": b"12345"}, f"a.tar.gz 5 {'0' * 32}\n")
        url, found = f"{self.base}/a.tar.gz", hashlib.md5(b"12345").hexdigest()
        self.refused(f"{url}: its MD5 is {found}, but {'0' * 32} was published")
        self.assertEqual(list(self.out.with_name("mine.partial").iterdir()), [])

    def test_another_size_is_refused(self):
        self.serve({"a.tar.gz": b"12345"}, f"a.tar.gz 4 {'0' * 32}\n")
        self.refused(f"{self.base}/a.tar.gz: more than the 4 bytes that it should have")
        self.assertEqual(list(self.out.with_name("mine.partial").iterdir()), [])

    def test_a_file_that_is_too_short_is_kept_for_the_next_attempt(self):
        self.serve({"a.tar.gz": b"123"}, f"a.tar.gz 5 {'0' * 32}\n")
        self.refused(f"{self.base}/a.tar.gz: 3 of 5 bytes have come (the connection ended early); "
                     "the same command goes on from there")
        self.assertEqual((self.out.with_name("mine.partial") / "a.tar.gz.part").read_bytes(), b"123")

    def test_a_missing_file_and_a_mistake_in_the_sums_are_named(self):
        self.serve({}, "a.tar.gz 4 0\n")
        self.refused(f"{self.base}/a.tar.gz: HTTP 404 Not Found")
        (self.folder / "sums").write_text("a.tar.gz 4\n")
        self.refused(f"{self.folder / 'sums'}:1: is not \"NAME BYTES MD5\"")

    def test_an_entry_that_leads_elsewhere_is_refused(self):
        self.serve({"a.tar.gz": tar_gz({"outer/../../escaped": b"x"})})
        archive = self.out.with_name("mine.partial") / "a.tar.gz"
        self.refused(f"{archive}: has an entry that leads elsewhere: outer/../../escaped")
        self.assertFalse((self.folder / "escaped").exists())

    def test_what_is_not_an_archive_is_told(self):
        self.serve({"a.tar.gz": b"no archive"})
        archive = self.out.with_name("mine.partial") / "a.tar.gz"
        self.refused(f"{archive}: cannot be unpacked: file could not be opened successfully:")


if __name__ == "__main__":
    unittest.main()
