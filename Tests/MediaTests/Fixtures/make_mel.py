#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""Prints what librosa makes of the sound in MelTests.swift: the figures that the tests hold.

    python3 -m venv V && V/bin/pip install librosa && V/bin/python make_mel.py
"""

import librosa
import numpy as np

i = np.arange(2000)
sound = (0.5 * np.sin(2 * np.pi * 440 * i / 16000) + 0.25 * np.sin(2 * np.pi * 3000 * i / 16000)
         + 0.1 * ((i * 7919 % 1000) / 500 - 1))


def mel(size, **options):
    return librosa.feature.melspectrogram(
        y=sound, sr=16000, n_fft=size, hop_length=size // 2, n_mels=8, **options)


def show(name, table):
    print(name, table.shape)
    for column in (0, 5, table.shape[1] - 1):
        print("   [" + ", ".join(f"{v:.6f}" for v in table[:, column]) + "],")


show("log_mel(x, 256, 128, 8)", librosa.power_to_db(mel(256)))
show("log_mel(x, 400, 200, 8, 100Hz, 6kHz)", librosa.power_to_db(mel(400, fmin=100, fmax=6000)))
show("log_mel(x, 256, 128, 8, torchaudio, ln)",
     np.log(np.maximum(1e-10, mel(256, htk=True, norm=None, pad_mode="reflect"))))
show("log_mel(x, 256, 128, 8, uncentred, htk, power)", mel(256, center=False, htk=True))
show("mfcc(x, 256, 128, 8, 4)", librosa.feature.mfcc(
    S=librosa.power_to_db(mel(256)), n_mfcc=4))
