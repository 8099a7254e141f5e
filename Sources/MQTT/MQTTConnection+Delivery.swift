// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import CMosquitto
import Glibc

extension MQTTConnection {
    /// True when the other machine has confirmed every byte that was sent.
    ///
    /// Ends in `ioctl(SIOCOUTQ)`, which counts what TCP has not seen acknowledged.
    var isDelivered: Bool {
        guard let fileDescriptor, !wantsWrite else { return false }
        var underway: Int32 = 0
        return ioctl(fileDescriptor, UInt(TIOCOUTQ), &underway) == 0 && underway == 0
    }

    /// True when something has come that was not read.
    var hasUnread: Bool {
        guard let fileDescriptor else { return false }
        var entry = pollfd(fd: fileDescriptor, events: Int16(POLLIN), revents: 0)
        return pendingBytes > 0 || poll(&entry, 1, 0) > 0
    }
}
