// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Hummingbird
import NIOCore

/// What is known of a request besides itself.
struct AdminContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// The other side's address; nil over the control socket.
    let peer: String?
    /// True once it is known that the caller may see everything.
    var isAdmitted = false
    /// How it was let in, for the log.
    var credential = "the control socket"

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        peer = source.channel.remoteAddress?.ipAddress
    }

    /// Who asks, for the log.
    var caller: String { peer.map { "\($0), \(credential)" } ?? credential }
}
