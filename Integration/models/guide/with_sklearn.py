# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""scikit-learn to the gateway, by skl2onnx. Nothing is switched off that it does by default."""

import numpy as np
from skl2onnx import to_onnx
from skl2onnx.common.data_types import (
    BooleanTensorType, DoubleTensorType, FloatTensorType, Int64TensorType, StringTensorType,
)
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import GradientBoostingRegressor, IsolationForest, RandomForestClassifier
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.tree import DecisionTreeClassifier

from gateway import put, tried
from machines import NUMBERS, TEST, TRAIN

X, x = TRAIN[NUMBERS].to_numpy(np.float32), TEST[NUMBERS].to_numpy(np.float32)

# ---- sklearn: a pipeline, labels that are words, zipmap left on
model = make_pipeline(StandardScaler(), MLPClassifier((16,), max_iter=500, random_state=0))
model.fit(X, TRAIN.state)
onnx = to_onnx(model, X[:1])
put("sklearn", onnx, {"X": NUMBERS}, labels=model.classes_)
# ----
tried("sklearn", TEST[NUMBERS], model.predict(x), model.predict_proba(x))

# ---- sklearn-columns: words and numbers, each column an input of its own
columns = ["temp", "vibration", "medium"]
model = make_pipeline(
    ColumnTransformer([
        ("words", OneHotEncoder(handle_unknown="ignore"), ["medium"]),
        ("numbers", StandardScaler(), ["temp", "vibration"]),
    ]),
    LogisticRegression(max_iter=500),
).fit(TRAIN[columns], TRAIN.state)
kinds = {"medium": StringTensorType([None, 1])}
onnx = to_onnx(model, initial_types=[(c, kinds.get(c, FloatTensorType([None, 1]))) for c in columns])
put("sklearn-columns", onnx, {c: [c] for c in columns}, labels=model.classes_)
# ----
tried("sklearn-columns", TEST[columns], model.predict(TEST[columns]),
      model.predict_proba(TEST[columns]))

# ---- sklearn-double: 64-bit numbers in and out (trees of scikit-learn see 32 bits whatever they get)
table = TRAIN[NUMBERS].to_numpy()
model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=500)).fit(table, TRAIN.state)
onnx = to_onnx(model, initial_types=[("X", DoubleTensorType([None, len(NUMBERS)]))],
               options={"zipmap": False})  # ONNX's ZipMap takes no 64-bit numbers
put("sklearn-double", onnx, {"X": NUMBERS}, labels=model.classes_)
# ----
table = TEST[NUMBERS].to_numpy()
tried("sklearn-double", TEST[NUMBERS], model.predict(table), model.predict_proba(table))

# ---- sklearn-forest: a random forest
model = RandomForestClassifier(n_estimators=20, max_depth=6, random_state=0).fit(X, TRAIN.state)
put("sklearn-forest", to_onnx(model, X[:1]), {"X": NUMBERS}, labels=model.classes_)
# ----
tried("sklearn-forest", TEST[NUMBERS], model.predict(x), model.predict_proba(x))

# ---- sklearn-codes: whole numbers in, and labels that are numbers with names of ours
codes = TRAIN.state.map({"healthy": 0, "worn": 1, "fault": 2})
whole = TRAIN[NUMBERS].round().astype(np.int64)
model = DecisionTreeClassifier(max_depth=5, random_state=0).fit(whole, codes)
onnx = to_onnx(model, initial_types=[("X", Int64TensorType([None, len(NUMBERS)]))],
               options={"zipmap": False})
put("sklearn-codes", onnx, {"X": NUMBERS}, labels=["healthy", "worn", "fault"])
# ----
rows = TEST[NUMBERS].round().astype(np.int64)
tried("sklearn-codes", rows, np.array(["healthy", "worn", "fault"])[model.predict(rows)],
      model.predict_proba(rows))

# ---- sklearn-regression: one number, which policies call `value`
model = GradientBoostingRegressor(n_estimators=60, random_state=0).fit(X, TRAIN.hours)
put("sklearn-regression", to_onnx(model, X[:1]), {"X": NUMBERS})
# ----
tried("sklearn-regression", TEST[NUMBERS], values=model.predict(x))

# ---- sklearn-flag: a truth value beside numbers
columns = ["temp", "vibration", "warm"]
model = make_pipeline(
    ColumnTransformer([("numbers", StandardScaler(), ["temp", "vibration"])],
                      remainder="passthrough"),
    LogisticRegression(max_iter=500),
).fit(TRAIN[columns], TRAIN.state)
kinds = {"warm": BooleanTensorType([None, 1])}
onnx = to_onnx(model, initial_types=[(c, kinds.get(c, FloatTensorType([None, 1]))) for c in columns])
put("sklearn-flag", onnx, {c: [c] for c in columns}, labels=model.classes_)
# ----
tried("sklearn-flag", TEST[columns], model.predict(TEST[columns]),
      model.predict_proba(TEST[columns]))

# ---- sklearn-scores: scores that are no probabilities, so only the label is asked for
model = make_pipeline(StandardScaler(), RidgeClassifier()).fit(X, TRAIN.state)
onnx = to_onnx(model, X[:1])
put("sklearn-scores", onnx, {"X": NUMBERS}, labels=model.classes_, outputs={"label": "label"})
# ----
tried("sklearn-scores", TEST[NUMBERS], model.predict(x))

# ---- sklearn-isolation: trained without labels; below 0 is unusual
model = IsolationForest(n_estimators=20, max_samples=64, random_state=0).fit(X)
onnx = to_onnx(model, X[:1], target_opset={"": 17, "ai.onnx.ml": 3})
put("sklearn-isolation", onnx, {"X": NUMBERS}, outputs={"value": "scores"})
# ----
tried("sklearn-isolation", TEST[NUMBERS], values=model.decision_function(x))
