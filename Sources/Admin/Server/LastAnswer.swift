// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Hummingbird
import NIOCore
import NIOHTTPTypes

/// Closes a connection a little after an answer that says `Connection: close`.
///
/// Hummingbird leaves that to the caller, who may rather stay. Not at once: what of a body is still on its way
/// would reset the connection, and with it the answer.
final class LastAnswer: ChannelOutboundHandler, RemovableChannelHandler {
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    /// How long the caller has to take the answer.
    static let patience = TimeAmount.seconds(2)

    private let patience: TimeAmount
    private var isLast = false

    init(patience: TimeAmount = LastAnswer.patience) {
        self.patience = patience
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(let head): isLast = head.headerFields[.connection] == "close"
        case .end where isLast:
            context.eventLoop.assumeIsolated().scheduleTask(in: patience) {
                context.close(promise: nil)
            }
        case .body, .end: break
        }
        context.write(data, promise: promise)
    }
}
