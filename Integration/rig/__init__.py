# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""The parts a scenario is built from: a real broker, a real gateway, a cloud that can be told to
misbehave, and somebody who publishes and somebody who listens."""
