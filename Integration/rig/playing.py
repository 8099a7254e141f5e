# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""Runs a scenario or a fault in a process group of its own, and ends that group whatever happens."""

from __future__ import annotations

import importlib.util
import os
import signal
import subprocess
import sys
import traceback
from pathlib import Path
from typing import Callable

from .process import Failed
from .stage import Stage


def load(path: Path):
    """The module in a file."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def play(stage: Stage, act: Callable[[Stage], None]) -> int:
    """Plays one scenario or fault in this process; the last line of its output is its result."""
    # SIGTERM from the runner must end what the stage started, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        act(stage)
    except Failed as failure:
        print("; ".join(stage.notes))
        print(failure)
        return 1
    except Exception:
        print(traceback.format_exc())
        return 1
    finally:
        stage.end()
    print("; ".join(stage.notes))
    return 0


def supervise(command: list[str], log: Path, longest: float) -> tuple[bool, str]:
    """Runs a command at most so many seconds: whether it ended well, and what it said."""
    with log.open("wb") as output:
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output,
                                 stderr=subprocess.STDOUT, start_new_session=True)
    try:
        status = child.wait(longest)
        late = False
    except subprocess.TimeoutExpired:
        status, late = 1, True
    except BaseException:
        end_group(child)
        raise
    end_group(child)
    text = log.read_text(errors="replace").strip()
    if late:
        text = f"not done within {longest:g} s\n{text}"
    return status == 0, text


def end_group(child: subprocess.Popen) -> None:
    """SIGTERM, a moment, then kill -9 for the group the command was started as."""
    for number, patience in ((signal.SIGTERM, 3.0), (signal.SIGKILL, 3.0)):
        try:
            os.killpg(child.pid, number)
        except ProcessLookupError:
            break
        try:
            child.wait(patience)
        except subprocess.TimeoutExpired:
            pass
