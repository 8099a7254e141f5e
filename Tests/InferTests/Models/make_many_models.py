# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""Makes tiny models of every kind that people export, and many.json: what ONNX Runtime says about them.

Needs numpy, scikit-learn, skl2onnx, onnx and onnxruntime. Seeded: the same versions give the same files.
"""

import json
import pathlib

import numpy
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
from skl2onnx import convert_sklearn, to_onnx
from skl2onnx.common.data_types import DoubleTensorType, FloatTensorType, StringTensorType
from sklearn.compose import ColumnTransformer
from sklearn.datasets import make_blobs
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder
from sklearn.tree import DecisionTreeClassifier

HERE = pathlib.Path(__file__).parent / "Many"
SAID = {}


def save(model, name):
    (HERE / f"{name}.onnx").write_bytes(model.SerializeToString())


def say(name, feeds):
    """Notes what ONNX Runtime says of `feeds`, maps in the order of their keys."""
    session = onnxruntime.InferenceSession(str(HERE / f"{name}.onnx"), providers=["CPUExecutionProvider"])
    outputs = session.run(None, feeds)

    def plain(output):
        if isinstance(output, list):
            return [list(row.values()) if isinstance(row, dict) else row for row in output]
        return numpy.asarray(output).tolist()

    SAID[name] = {
        "inputs": {key: numpy.asarray(value).tolist() for key, value in feeds.items()},
        "outputs": {meta.name: plain(output) for meta, output in zip(session.get_outputs(), outputs)},
    }


def graph(name, nodes, inputs, outputs, initializers=(), opset=17, domains=(), notes=None, check=True):
    built = helper.make_graph(nodes, name, inputs, outputs, list(initializers))
    sets = [helper.make_opsetid("", opset)] + [helper.make_opsetid(*domain) for domain in domains]
    model = helper.make_model(built, opset_imports=sets, producer_name="sluice-tests", producer_version="1.0")
    model.ir_version = 8
    if notes:
        helper.set_model_props(model, notes)
    if check:
        onnx.checker.check_model(model)
    save(model, name)
    return model


def tensor(name, shape, element=TensorProto.FLOAT):
    return helper.make_tensor_value_info(name, element, shape)


def node(kind, inputs, outputs, **attributes):
    return helper.make_node(kind, inputs, outputs, **attributes)


def constant(name, values, element=numpy.float32):
    return numpy_helper.from_array(numpy.asarray(values, dtype=element), name)


TYPES = {
    "float32": TensorProto.FLOAT,
    "float64": TensorProto.DOUBLE,
    "float16": TensorProto.FLOAT16,
    "bfloat16": TensorProto.BFLOAT16,
    "int8": TensorProto.INT8,
    "int16": TensorProto.INT16,
    "int32": TensorProto.INT32,
    "int64": TensorProto.INT64,
    "uint8": TensorProto.UINT8,
    "uint16": TensorProto.UINT16,
    "uint32": TensorProto.UINT32,
    "uint64": TensorProto.UINT64,
    "bool": TensorProto.BOOL,
    "string": TensorProto.STRING,
}


def types():
    graph(
        "types",
        [node("Identity", [f"in_{name}"], [f"out_{name}"]) for name in TYPES],
        [tensor(f"in_{name}", ["n", 2], element) for name, element in TYPES.items()],
        [tensor(f"out_{name}", ["n", 2], element) for name, element in TYPES.items()],
    )
    # One number in, one number out, for each kind of number.
    for name, element in TYPES.items():
        if name == "string":
            continue
        graph(
            f"value-{name}",
            [node("Identity", ["x"], ["y"])],
            [tensor("x", ["n", 1], element)],
            [tensor("y", ["n", 1], element)],
        )


def classifiers():
    points, classes = make_blobs(200, 3, centers=3, cluster_std=3.0, random_state=5)
    rows = points[:5].astype(numpy.float32)
    for name, labels in (("text", numpy.array(["ok", "worn", "bad"])), ("int", numpy.array([3, 7, 20]))):
        model = LogisticRegression(max_iter=500).fit(points.astype(numpy.float32), labels[classes])
        save(to_onnx(model, rows[:1], target_opset=15), f"zipmap-{name}")
        say(f"zipmap-{name}", {"X": rows})
    named = LogisticRegression(max_iter=500).fit(points.astype(numpy.float32), numpy.array(["ok", "worn", "bad"])[classes])
    for zipmap, name in (("columns", "columns"), (False, "unmapped")):
        save(to_onnx(named, rows[:1], options={id(named): {"zipmap": zipmap}}, target_opset=15), name)
    double = LogisticRegression(max_iter=500).fit(points, classes)
    kinds = [("X", DoubleTensorType([None, 3]))]
    # The default, which ONNX Runtime does not load: ZipMap takes 32-bit numbers alone.
    for zipmap, name in ((False, "double"), (True, "double-zipmap")):
        options = {id(double): {"zipmap": zipmap}}
        save(convert_sklearn(double, initial_types=kinds, options=options, target_opset=15), name)
    say("double", {"X": points[:5]})
    several = LinearRegression().fit(points, numpy.stack([points.sum(axis=1), points[:, 0] * 2, points[:, 1]], axis=1))
    save(to_onnx(several, rows[:1], target_opset=15), "several")
    say("several", {"X": rows})


def categories():
    rng = numpy.random.default_rng(3)
    machine = rng.choice(["press", "lathe", "saw"], 200)
    mode = rng.choice(["auto", "manual"], 200)
    temperature = rng.normal(60, 10, 200)
    state = numpy.where((machine == "saw") & (temperature > 60), "hot", "fine")
    table = numpy.empty((200, 3), dtype=object)
    table[:, 0], table[:, 1], table[:, 2] = machine, mode, temperature.astype(numpy.float32)
    columns = ColumnTransformer(
        [("text", OneHotEncoder(handle_unknown="ignore"), [0, 1]), ("number", "passthrough", [2])]
    )
    model = make_pipeline(columns, DecisionTreeClassifier(max_depth=4, random_state=0)).fit(table, state)
    kinds = [
        ("machine", StringTensorType([None, 1])),
        ("mode", StringTensorType([None, 1])),
        ("temperature", FloatTensorType([None, 1])),
    ]
    options = {id(model): {"zipmap": False}}
    save(convert_sklearn(model, initial_types=kinds, options=options, target_opset=15), "categories")
    say(
        "categories",
        {
            "machine": machine[:6].reshape(-1, 1).astype(object),
            "mode": mode[:6].reshape(-1, 1).astype(object),
            "temperature": temperature[:6].reshape(-1, 1).astype(numpy.float32),
        },
    )


def quantised():
    rng = numpy.random.default_rng(1)
    weights = [rng.normal(0, 1, (4, 8)), rng.normal(0, 1, 8), rng.normal(0, 1, (8, 3)), rng.normal(0, 1, 3)]
    graph(
        "plain-mlp",
        [
            node("MatMul", ["x", "w1"], ["a"]),
            node("Add", ["a", "b1"], ["b"]),
            node("Relu", ["b"], ["c"]),
            node("MatMul", ["c", "w2"], ["d"]),
            node("Add", ["d", "b2"], ["logits"]),
        ],
        [tensor("x", ["n", 4])],
        [tensor("logits", ["n", 3])],
        [constant(name, value) for name, value in zip(("w1", "b1", "w2", "b2"), weights)],
    )

    class Reader(CalibrationDataReader):
        def __init__(self):
            self.rows = iter([{"x": rng.normal(0, 1, (8, 4)).astype(numpy.float32)} for _ in range(8)])

        def get_next(self):
            return next(self.rows, None)

    rows = numpy.linspace(-1, 1, 12, dtype=numpy.float32).reshape(3, 4)
    for name, form in (("qdq", QuantFormat.QDQ), ("qoperator", QuantFormat.QOperator)):
        quantize_static(
            str(HERE / "plain-mlp.onnx"),
            str(HERE / f"int8-{name}.onnx"),
            Reader(),
            quant_format=form,
            activation_type=QuantType.QInt8 if name == "qdq" else QuantType.QUInt8,
            weight_type=QuantType.QInt8,
        )
        say(f"int8-{name}", {"x": rows})
    (HERE / "plain-mlp.onnx").unlink()


def shapes():
    graph(
        "noted",
        [node("Softmax", ["x"], ["p"])],
        [tensor("x", ["n", 3])],
        [tensor("p", ["n", 3])],
        notes={"names": "{0: 'cat', 1: 'dog, wet', 2: 'bird'}", "task": "classify"},
    )
    graph(
        "symbols",
        [node("ReduceMean", ["x"], ["y"], axes=[1], keepdims=0)],
        [tensor("x", ["batch", "seq", "channels"])],
        [tensor("y", ["batch", "channels"])],
    )
    graph(
        "open",
        [node("ReduceMax", ["x"], ["y"], axes=[1], keepdims=1)],
        [tensor("x", ["n", "length"])],
        [tensor("y", ["n", 1])],
    )
    graph("batch-of-4", [node("Softmax", ["x"], ["p"])], [tensor("x", [4, 3])], [tensor("p", [4, 3])])
    graph("one-row", [node("Softmax", ["x"], ["p"], axis=0)], [tensor("x", [3])], [tensor("p", [3])])
    graph("scalars", [node("Mul", ["a", "b"], ["y"])], [tensor("a", []), tensor("b", [])], [tensor("y", [])])
    graph(
        "label-text",
        [
            node("Cast", ["x"], ["i"], to=TensorProto.INT64),
            node("LabelEncoder", ["i"], ["label"], domain="ai.onnx.ml", keys_int64s=[0, 1], values_strings=["cold", "hot"], default_string="neither"),
        ],
        [tensor("x", ["n", 1])],
        [tensor("label", ["n", 1], TensorProto.STRING)],
        domains=[("ai.onnx.ml", 3)],
    )
    graph("label-flag", [node("Greater", ["x", "zero"], ["label"])], [tensor("x", ["n", 1])],
          [tensor("label", ["n", 1], TensorProto.BOOL)], [constant("zero", 0.0)])


def detectors():
    # The table itself is the input: what is tested is how it is read.
    graph("yolo", [node("Reshape", ["x", "shape"], ["output0"])], [tensor("x", ["n", 30])], [tensor("output0", ["n", 6, 5])],
          [constant("shape", [-1, 6, 5], numpy.int64)])
    graph(
        "detr",
        [
            node("Reshape", ["x", "shape"], ["all"]),
            node("Split", ["all", "sizes"], ["pred_boxes", "logits"], axis=2),
        ],
        [tensor("x", ["n", 21])],
        [tensor("logits", ["n", 3, 3]), tensor("pred_boxes", ["n", 3, 4])],
        [constant("shape", [-1, 3, 7], numpy.int64), constant("sizes", [4, 3], numpy.int64)],
    )
    # As many boxes as have a score above one half, in tables without a batch dimension.
    graph(
        "few",
        [
            node("Reshape", ["x", "shape"], ["all"]),
            node("Split", ["all", "sizes"], ["b", "s", "c"], axis=1),
            node("Squeeze", ["s", "one"], ["s1"]),
            node("Squeeze", ["c", "one"], ["c1"]),
            node("Greater", ["s1", "half"], ["keep"]),
            node("Compress", ["b", "keep"], ["boxes"], axis=0),
            node("Compress", ["s1", "keep"], ["scores"], axis=0),
            node("Compress", ["c1", "keep"], ["c2"], axis=0),
            node("Cast", ["c2"], ["labels"], to=TensorProto.INT64),
        ],
        [tensor("x", [1, 18])],
        [tensor("boxes", ["k", 4]), tensor("labels", ["k"], TensorProto.INT64), tensor("scores", ["k"])],
        [constant("shape", [3, 6], numpy.int64), constant("sizes", [4, 1, 1], numpy.int64),
         constant("one", [1], numpy.int64), constant("half", 0.5)],
    )


def external():
    for name, location in (("external", "weights.bin"), ("escaping", "../weights.bin")):
        model = graph(name, [node("Mul", ["x", "w"], ["y"])], [tensor("x", ["n", 1])], [tensor("y", ["n", 1])],
                      [constant("w", [2.5])])
        weight = model.graph.initializer[0]
        weight.data_location = TensorProto.EXTERNAL
        for key, value in (("location", location), ("offset", "4"), ("length", "4")):
            entry = weight.external_data.add()
            entry.key, entry.value = key, value
        (HERE / "weights.bin").write_bytes(b"\0\0\0\0" + weight.raw_data)
        weight.ClearField("raw_data")
        save(model, name)


def broken():
    graph("unknown-operator", [node("Frobnicate", ["x"], ["y"])], [tensor("x", ["n", 1])], [tensor("y", ["n", 1])], check=False)
    graph("future", [node("Identity", ["x"], ["y"])], [tensor("x", ["n", 1])], [tensor("y", ["n", 1])], opset=99, check=False)
    graph("lying", [node("Reshape", ["x", "shape"], ["y"])], [tensor("x", ["n", 2])], [tensor("y", ["n", 1])],
          [constant("shape", [-1, 2], numpy.int64)], check=False)
    graph("throwing", [node("Gather", ["table", "i"], ["y"])], [tensor("i", ["n", 1], TensorProto.INT64)], [tensor("y", ["n", 1])],
          [constant("table", [1.0, 2.0])])


HERE.mkdir(exist_ok=True)
types()
classifiers()
categories()
quantised()
shapes()
detectors()
external()
broken()
(HERE / "many.json").write_text(json.dumps(SAID) + "\n")
