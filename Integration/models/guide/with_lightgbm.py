# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""LightGBM to the gateway, by onnxmltools, whose zipmap is on by default.

It is trained on the numbers as the sensors send them, not on 32-bit copies: LightGBM puts its splits in
the middle between two values in 64 bits, ONNX has them in 32, and a reading that lies on a split falls
to the same side in both only if it was rounded once.
"""

import lightgbm
import numpy as np
from onnxmltools import convert_lightgbm
from onnxmltools.convert.common.data_types import FloatTensorType

from gateway import put, tried
from machines import NUMBERS, STATES, TEST, TRAIN

X, x = TRAIN[NUMBERS].to_numpy(), TEST[NUMBERS].to_numpy()

# ---- lightgbm: labels that are words; the probabilities are maps from them
model = lightgbm.LGBMClassifier(n_estimators=40, num_leaves=15, random_state=0, verbose=-1)
model.fit(X, TRAIN.state)
onnx = convert_lightgbm(model, initial_types=[("X", FloatTensorType([None, len(NUMBERS)]))])
put("lightgbm", onnx, {"X": NUMBERS}, labels=model.classes_)
# ----
tried("lightgbm", TEST[NUMBERS], model.predict(x), model.predict_proba(x))

# ---- lightgbm-codes: labels that are numbers, and maps from those
model = lightgbm.LGBMClassifier(n_estimators=40, num_leaves=15, random_state=0, verbose=-1)
model.fit(X, TRAIN.state.map(STATES.index))
onnx = convert_lightgbm(model, initial_types=[("X", FloatTensorType([None, len(NUMBERS)]))])
put("lightgbm-codes", onnx, {"X": NUMBERS}, labels=STATES)
# ----
tried("lightgbm-codes", TEST[NUMBERS], np.array(STATES)[model.predict(x)], model.predict_proba(x))

# ---- lightgbm-binary: zipmap off
model = lightgbm.LGBMClassifier(n_estimators=40, num_leaves=7, random_state=0, verbose=-1)
model.fit(X, (TRAIN.state == "fault").astype(int))
onnx = convert_lightgbm(model, initial_types=[("X", FloatTensorType([None, len(NUMBERS)]))],
                        zipmap=False)
put("lightgbm-binary", onnx, {"X": NUMBERS}, labels=["sound", "fault"])
# ----
tried("lightgbm-binary", TEST[NUMBERS], np.array(["sound", "fault"])[model.predict(x)],
      model.predict_proba(x))

# ---- lightgbm-regression: hours until it fails
model = lightgbm.LGBMRegressor(n_estimators=40, num_leaves=15, random_state=0, verbose=-1)
model.fit(X, TRAIN.hours)
onnx = convert_lightgbm(model, initial_types=[("X", FloatTensorType([None, len(NUMBERS)]))])
put("lightgbm-regression", onnx, {"X": NUMBERS})
# ----
tried("lightgbm-regression", TEST[NUMBERS], values=model.predict(x))
