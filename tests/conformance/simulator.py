"""A simulator process, and its control endpoints."""

import json
import os
import re
import subprocess
import tempfile
import urllib.request
from pathlib import Path

# Time stands still unless a test lets it pass, calls take none, and their number is not limited: what a test sees depends
# on nothing but its own calls.
QUIET = "latency = false\n{}\n[rates]\nenforced = false\n"
STANDSTILL = "0.000000001"


def binary() -> Path:
    """The program under test; `cargo build` puts it there."""
    target = Path(os.environ.get("CARGO_TARGET_DIR", Path(__file__).parents[2] / "target"))
    return target / "debug" / "jumpstart-vpc"


class Simulator:
    """A simulated AWS on a loopback port."""

    def __init__(self, scenario: str = ""):
        self._file = tempfile.NamedTemporaryFile("w", suffix=".toml")
        self._file.write(QUIET.format(scenario))
        self._file.flush()
        arguments = ["simulator", "--port", "0", "--seed", "7", "--speed", STANDSTILL, "--scenario", self._file.name]
        self._process = subprocess.Popen([binary(), *arguments], stdout=subprocess.PIPE, text=True)
        first = self._process.stdout.readline()
        found = re.fullmatch(r"AWS_ENDPOINT_URL=(\S+)\s*", first)
        if not found:
            raise RuntimeError(f"the simulator began with {first!r}")
        self.url = found.group(1)

    def stop(self):
        self._process.terminate()
        self._process.wait()
        self._process.stdout.close()
        self._file.close()

    def reset(self):
        """Back to the scenario's first world."""
        self._send("POST", "reset")

    def advance(self, seconds: float):
        """Lets simulated time pass."""
        self._send("POST", "clock", {"advance_seconds": seconds})

    def fault(self, match: dict, **what):
        """Puts a rule in force: `answer={…}` or `effect={…}`."""
        self._send("POST", "faults", {"match": match, **what})

    def clear_faults(self):
        self._send("DELETE", "faults")

    def operations(self) -> dict[str, list[str]]:
        """Every operation that is implemented, by the prefix of its service's IAM actions."""
        return self._send("GET", "operations")

    def resources(self) -> list[dict]:
        return self._send("GET", "resources")

    def _send(self, method: str, path: str, body: dict | None = None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/_simulator/{path}", data=data, method=method)
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request) as response:
            return json.load(response)
