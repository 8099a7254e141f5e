// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Hummingbird
import NIOCore
import NIOHTTPTypes

/// Gives words to the one answer that no route makes: that to a request which could not be read.
///
/// Hummingbird says 400 and nothing else to what its parser refuses, and closes the connection.
final class UnreadRequest: ChannelOutboundHandler, RemovableChannelHandler {
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    /// How long one field of a request's head may be, the address among them.
    static let fieldLimit = 16 << 10
    /// How many there may be.
    static let fieldCount = 64
    /// How long all of them may be.
    static let headLimit = 32 << 10

    private static let message =
        "the request cannot be read: it is not HTTP, or its address or a field is longer than "
        + "\(fieldLimit) bytes, or its head than \(headLimit), or it has more than \(fieldCount) fields"

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard case .head(var head) = unwrapOutboundIn(data), head.status == .badRequest,
            head.headerFields[.contentType] == nil
        else {
            context.write(data, promise: promise)
            return
        }
        let body = ByteBuffer(bytes: Refusals.json(Self.message))
        head.headerFields[.contentType] = "application/json"
        head.headerFields[.contentLength] = String(body.readableBytes)
        head.headerFields[.cacheControl] = "no-store"
        for (name, value) in Refusals.guards { head.headerFields[name] = value }
        context.write(wrapOutboundOut(.head(head)), promise: promise)
        context.write(wrapOutboundOut(.body(body)), promise: nil)
    }
}
