// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Hummingbird
import NIOCore
import NIOHTTPTypes

/// Answers 408 to a connection over which no whole head of a request has come in time, and closes it.
///
/// Whoever connects and says nothing, or a byte now and then, would hold one of the bounded number of places.
final class FirstRequest: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias OutboundOut = HTTPResponsePart

    /// How long a first head may take.
    static let patience = TimeAmount.seconds(5)

    private let patience: TimeAmount
    private var alarm: Scheduled<Void>?

    init(patience: TimeAmount = FirstRequest.patience) {
        self.patience = patience
    }

    func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive { begin(context) }
    }

    func channelActive(context: ChannelHandlerContext) {
        begin(context)
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        alarm?.cancel()
        context.fireChannelRead(data)
    }

    func channelInactive(context: ChannelHandlerContext) {
        alarm?.cancel()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        alarm?.cancel()
    }

    private func begin(_ context: ChannelHandlerContext) {
        guard alarm == nil else { return }
        alarm = context.eventLoop.assumeIsolated().scheduleTask(in: patience) {
            let seconds = self.patience.nanoseconds / 1_000_000_000
            let body = ByteBuffer(
                bytes: Refusals.json("no request came within \(seconds) seconds")
            )
            var head = HTTPResponse(status: .requestTimeout)
            head.headerFields[.connection] = "close"
            head.headerFields[.contentType] = "application/json"
            head.headerFields[.contentLength] = String(body.readableBytes)
            context.write(self.wrapOutboundOut(.head(head)), promise: nil)
            context.write(self.wrapOutboundOut(.body(body)), promise: nil)
            context.writeAndFlush(self.wrapOutboundOut(.end(nil)), promise: nil)
            context.close(promise: nil)
        }
    }
}
