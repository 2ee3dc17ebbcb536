#!/bin/sh
# Choose versions for every dependency and write the lock files: hashes, no index address, no machine path.
set -eu
uv() {
  .venv/bin/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
    --no-emit-index-url --no-emit-find-links --no-header --no-annotate "$@"
}
uv pyproject.toml --extra dev requirements/build.in --output-file requirements/dev.lock
uv pyproject.toml requirements/build.in --constraint requirements/dev.lock --output-file requirements/run.lock
uv requirements/node.in --output-file requirements/node.lock
