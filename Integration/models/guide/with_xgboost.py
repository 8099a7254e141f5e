# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""XGBoost to the gateway, by onnxmltools."""

import numpy as np
import xgboost
from onnxmltools import convert_xgboost
from onnxmltools.convert.common.data_types import FloatTensorType

from gateway import put, tried
from machines import NUMBERS, STATES, TEST, TRAIN

X, x = TRAIN[NUMBERS].to_numpy(np.float32), TEST[NUMBERS].to_numpy(np.float32)
codes = TRAIN.state.map(STATES.index)

# ---- xgboost: three classes
model = xgboost.XGBClassifier(n_estimators=40, max_depth=4, random_state=0).fit(X, codes)
onnx = convert_xgboost(model, initial_types=[("X", FloatTensorType([None, len(NUMBERS)]))])
put("xgboost", onnx, {"X": NUMBERS}, labels=STATES)
# ----
tried("xgboost", TEST[NUMBERS], np.array(STATES)[model.predict(x)], model.predict_proba(x))

# ---- xgboost-binary: two classes
model = xgboost.XGBClassifier(n_estimators=40, max_depth=3, random_state=0)
model.fit(X, TRAIN.state == "fault")
onnx = convert_xgboost(model, initial_types=[("X", FloatTensorType([None, len(NUMBERS)]))])
put("xgboost-binary", onnx, {"X": NUMBERS}, labels=["sound", "fault"])
# ----
tried("xgboost-binary", TEST[NUMBERS], np.array(["sound", "fault"])[model.predict(x).astype(int)],
      model.predict_proba(x))

# ---- xgboost-booster: trained by xgboost.train: no classes in the file, two probabilities all the same
data = xgboost.DMatrix(X, label=TRAIN.state == "fault")
model = xgboost.train({"objective": "binary:logistic", "max_depth": 3}, data, num_boost_round=40)
onnx = convert_xgboost(model, initial_types=[("X", FloatTensorType([None, len(NUMBERS)]))])
put("xgboost-booster", onnx, {"X": NUMBERS}, labels=["sound", "fault"])
# ----
chance = model.predict(xgboost.DMatrix(x))
tried("xgboost-booster", TEST[NUMBERS], np.array(["sound", "fault"])[(chance > 0.5).astype(int)],
      np.stack([1 - chance, chance], axis=1))

# ---- xgboost-regression: hours until it fails
model = xgboost.XGBRegressor(n_estimators=40, max_depth=4, random_state=0).fit(X, TRAIN.hours)
onnx = convert_xgboost(model, initial_types=[("X", FloatTensorType([None, len(NUMBERS)]))])
put("xgboost-regression", onnx, {"X": NUMBERS})
# ----
tried("xgboost-regression", TEST[NUMBERS], values=model.predict(x))
