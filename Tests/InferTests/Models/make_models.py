# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""Makes the tiny models the Infer and Serve tests load, and expected.json: what ONNX Runtime says about them.

Needs numpy, scikit-learn, skl2onnx, onnx and onnxruntime. Seeded: the same versions give the same files.
"""

import json
import pathlib

import numpy
import onnx
import onnxruntime
from onnx import TensorProto, helper
from skl2onnx import to_onnx
from sklearn.datasets import make_blobs
from sklearn.linear_model import LinearRegression, LogisticRegression

HERE = pathlib.Path(__file__).parent
FEATURES, CLASSES = 4, 3


def save(model, name):
    (HERE / name).write_bytes(model.SerializeToString())


def classifier():
    points, classes = make_blobs(300, FEATURES, centers=CLASSES, cluster_std=3.0, random_state=7)
    points = points.astype(numpy.float32)
    model = LogisticRegression(max_iter=500).fit(points, classes)
    options = {id(model): {"zipmap": False}}
    save(to_onnx(model, points[:1], options=options, target_opset=15), "classifier.onnx")
    named = LogisticRegression(max_iter=500).fit(points, numpy.array(["a", "b", "c"])[classes])
    options = {id(named): {"zipmap": False}}
    save(to_onnx(named, points[:1], options=options, target_opset=15), "named.onnx")
    regression = LinearRegression().fit(points, points.sum(axis=1))
    save(to_onnx(regression, points[:1], target_opset=15), "regression.onnx")
    return points


def graph(name, nodes, inputs, outputs, initializers=()):
    built = helper.make_graph(nodes, name, inputs, outputs, list(initializers))
    model = helper.make_model(built, opset_imports=[helper.make_opsetid("", 15)])
    model.ir_version = 8
    onnx.checker.check_model(model)
    save(model, f"{name}.onnx")


def tensor(name, shape, element=TensorProto.FLOAT):
    return helper.make_tensor_value_info(name, element, shape)


def handmade():
    # Logarithm of the input as "probabilities": NaN for a negative one.
    graph("log", [helper.make_node("Log", ["x"], ["p"])], [tensor("x", ["n", 2])], [tensor("p", ["n", 2])])
    # An image to the means of its colours.
    graph(
        "colours",
        [helper.make_node("ReduceMean", ["frame"], ["means"], axes=[2, 3], keepdims=0)],
        [tensor("frame", ["n", 3, 4, 6])],
        [tensor("means", ["n", 3])],
    )
    # Two inputs, logits out.
    graph(
        "two-inputs",
        [helper.make_node("Add", ["left", "right"], ["logits"])],
        [tensor("left", ["n", 3]), tensor("right", ["n", 3])],
        [tensor("logits", ["n", 3])],
    )
    graph("row", [helper.make_node("Softmax", ["x"], ["p"])], [tensor("x", [1, 3])], [tensor("p", [1, 3])])
    # Doubles and integers, for the raw level.
    graph(
        "wide",
        [helper.make_node("Add", ["d", "d"], ["dd"]), helper.make_node("Add", ["i", "i"], ["ii"])],
        [tensor("d", ["n", 2], TensorProto.DOUBLE), tensor("i", ["n", 2], TensorProto.INT64)],
        [tensor("dd", ["n", 2], TensorProto.DOUBLE), tensor("ii", ["n", 2], TensorProto.INT64)],
    )
    # Counts down from the first input in a Loop: as slow as its input says, and the runtime can end it.
    body = helper.make_graph(
        [
            helper.make_node("Identity", ["go"], ["go_on"]),
            helper.make_node("Add", ["sum_in", "one"], ["sum_out"]),
        ],
        "body",
        [
            helper.make_tensor_value_info("turn", TensorProto.INT64, []),
            helper.make_tensor_value_info("go", TensorProto.BOOL, []),
            helper.make_tensor_value_info("sum_in", TensorProto.FLOAT, None),
        ],
        [
            helper.make_tensor_value_info("go_on", TensorProto.BOOL, []),
            helper.make_tensor_value_info("sum_out", TensorProto.FLOAT, None),
        ],
        [helper.make_tensor("one", TensorProto.FLOAT, [], [1.0])],
    )
    graph(
        "slow",
        [
            helper.make_node("ReduceMax", ["x"], ["top"], keepdims=0),
            helper.make_node("Cast", ["top"], ["turns"], to=TensorProto.INT64),
            helper.make_node("Mul", ["x", "zero"], ["start"]),
            helper.make_node("Loop", ["turns", "yes", "start"], ["sum"], body=body),
        ],
        [tensor("x", ["n", 1])],
        [tensor("sum", ["n", 1])],
        [
            helper.make_tensor("zero", TensorProto.FLOAT, [], [0.0]),
            helper.make_tensor("yes", TensorProto.BOOL, [], [True]),
        ],
    )


def expected(points):
    rows = points[:8]
    said = {"rows": rows.tolist()}
    for name in ("classifier", "regression"):
        session = onnxruntime.InferenceSession(str(HERE / f"{name}.onnx"), providers=["CPUExecutionProvider"])
        outputs = session.run(None, {session.get_inputs()[0].name: rows})
        said[name] = [numpy.asarray(output).tolist() for output in outputs]
    (HERE / "expected.json").write_text(json.dumps(said) + "\n")


handmade()
expected(classifier())
