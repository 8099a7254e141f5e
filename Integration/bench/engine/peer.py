# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""ONNX Runtime's Python package: peer.py FOLDER answers lines as peer.c does, with two figures each:
nanoseconds a message by `run`, and by `run_with_iobinding` over tensors made once."""

import statistics
import sys
import time

import numpy as np
import onnxruntime


def session_of(path):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    options.enable_cpu_mem_arena = True
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.add_session_config_entry("session.inter_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def measure(seconds, batch, body):
    took, begun = [], time.process_time_ns()
    while time.process_time_ns() - begun < seconds * 1e9:
        for _ in range(32):
            start = time.perf_counter_ns()
            body()
            took.append(time.perf_counter_ns() - start)
    return statistics.median(took) / batch


def main():
    for line in sys.stdin:
        _, model, width, batch, seconds = line.split()
        width, batch, seconds = int(width), int(batch), float(seconds)
        session = session_of(f"{sys.argv[1]}/{model}/1/model.onnx")
        rows, columns = np.mgrid[0:batch, 0:width]
        x = ((rows * 31 + columns * 17) % 101 / 101).astype(np.float32)
        plain = measure(seconds, batch, lambda: session.run(["probabilities"], {"X": x}))
        binding = session.io_binding()
        binding.bind_cpu_input("X", x)
        answer = onnxruntime.OrtValue.ortvalue_from_numpy(session.run(["probabilities"], {"X": x})[0])
        binding.bind_ortvalue_output("probabilities", answer)
        bound = measure(seconds, batch, lambda: session.run_with_iobinding(binding))
        print(plain, bound, flush=True)


if __name__ == "__main__":
    main()
