# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""A plant of simulated machines, inspection stations and patients whose truth is known.

Pure Python, seeded, deterministic: the same seed gives the same messages, byte for byte.
The same code feeds the demo and trains the models, so the demo shows no other world.
"""
