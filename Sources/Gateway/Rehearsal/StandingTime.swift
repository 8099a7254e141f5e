// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

/// A time that stands still, so that what is rehearsed twice comes out twice the same.
struct StandingTime: TimeSource {
    let wallTime: WallTime
    let now = MonotonicInstant(nanoseconds: 0)
}
