// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import CMosquitto
import CReadAhead
import Glibc

/// What a connection hands to its owner, inside `readOnce` and `writeOnce`, on the thread that calls them.
public protocol MQTTConnectionDelegate: AnyObject {
    /// A message has arrived; the pointers are valid during the call only.
    ///
    /// Its acknowledgement is queued already and leaves with the next `writeOnce`.
    func received(
        topic: UnsafePointer<CChar>,
        payload: UnsafeRawBufferPointer,
        qualityOfService: UInt8,
        isRetained: Bool
    )
    /// A message has arrived that says which trace it belongs to; only where `takeTraceParents` was called.
    ///
    /// `deliver` hands it to `received`, and is to be called once, within the call.
    func received(traceparent: String, deliver: () -> Void)
    /// The broker answers a subscription: the granted quality of service or a failure.
    func subscribed(identifier: Int32, answer: UInt8)
    /// A publication is acknowledged or refused (QoS 1, 2) or written (QoS 0).
    func published(identifier: Int32, reason: MQTTReason)
    /// A message has arrived with these properties; only where `takeResponses` was called.
    func responded(_ response: MQTTResponse)
}

/// What one read brought.
public enum MQTTReadResult: Sendable {
    /// Something was read; there may be more.
    case progress
    /// There is nothing to read now.
    case dry
    /// The connection has ended; see `failure`.
    case ended
}

/// One connection to a broker, from the first packet to the last; a thin face of libmosquitto.
///
/// Not thread-safe: it belongs to one thread at a time. The library is told that it runs threaded
/// without a thread (`mosquitto_threaded_set`), so that acknowledgements are only queued while
/// reading and leave in `writeOnce` alone: the owner decides when a message counts as received.
/// A connection is never used again after it has ended: what the library would keep (unacknowledged
/// publications, half-received QoS 2 messages) dies with it, and the broker repeats what it must.
public final class MQTTConnection {
    let options: MQTTOptions
    let handle: OpaquePointer
    /// What has come since its owner looked last.
    var heard = AnswerWatch.Heard()
    // What was read of the socket and not asked for, and what was written and has not left; nil with
    // encryption, which goes by records.
    private let ahead: OpaquePointer?

    /// Receives what the connection brings.
    public var delegate: (any MQTTConnectionDelegate)?
    /// The broker's answer, once it has accepted us.
    public internal(set) var greeting: MQTTGreeting?
    /// Why it ended, once it has.
    public internal(set) var failure: MQTTFailure?
    /// True when the message being delivered is marked as sent before.
    ///
    /// Known only until `listensToLibrary` is switched off; see there.
    public internal(set) var isDuplicate = false
    /// What the library complained of last.
    var complaint: String?

    /// Prepares a connection; nothing is sent.
    public init(options: MQTTOptions) throws(MQTTFailure) {
        try MQTTLibrary.prepare()
        self.options = options
        guard let handle = mosquitto_new(options.clientID, options.cleanStart, nil) else {
            throw MQTTFailure(
                kind: .configuration,
                message: "`\(options.clientID)` cannot be a client id"
            )
        }
        self.handle = handle
        ahead = options.tls == nil ? sluice_read_ahead_make() : nil
        // Thrown from here on, `deinit` frees the handle: everything is initialised.
        try configure()
        mosquitto_user_data_set(handle, Unmanaged.passUnretained(self).toOpaque())
        setCallbacks()
    }

    // Closes the socket without DISCONNECT; whatever is queued dies with it.
    deinit {
        mosquitto_destroy(handle)
        if let ahead { sluice_read_ahead_free(ahead) }
    }

    /// The socket to poll; nil when there is none.
    ///
    /// Ends in `mosquitto_socket`.
    public var fileDescriptor: Int32? {
        let descriptor = mosquitto_socket(handle)
        return descriptor < 0 ? nil : descriptor
    }

    /// The broker's certificate in DER; nil without encryption.
    ///
    /// Ends in `SSL_get1_peer_certificate`.
    public var peerCertificate: [UInt8]? {
        options.tls == nil ? nil : MQTTLibrary.peerCertificate(mosquitto_ssl_get(handle))
    }

    /// True when packets wait to be written.
    ///
    /// Ends in `mosquitto_want_write`.
    public var wantsWrite: Bool { mosquitto_want_write(handle) || unsentBytes > 0 }

    /// What was gathered and the socket has not taken.
    private var unsentBytes: Int { ahead.map { sluice_write_together_pending($0) } ?? 0 }

    /// Bytes that were read ahead or decrypted and not delivered, which poll cannot see.
    ///
    /// With encryption it ends in `SSL_pending`.
    public var pendingBytes: Int {
        if let ahead { return sluice_read_ahead_pending(ahead) }
        return options.tls == nil ? 0 : MQTTLibrary.pendingBytes(mosquitto_ssl_get(handle))
    }

    /// True while the library reports what it does, which tells `isDuplicate`.
    ///
    /// The library hides the DUP flag from its callers except in the line it logs for each message;
    /// composing that line costs, so it is switched off once redelivered copies can no longer come.
    /// Ends in `mosquitto_log_callback_set`.
    public var listensToLibrary = false {
        didSet {
            guard listensToLibrary != oldValue else { return }
            isDuplicate = false
            setLogCallback(listensToLibrary)
        }
    }

    /// Reads about one packet and delivers it; bytes behind it may be read already (`pendingBytes`).
    ///
    /// Ends in `mosquitto_loop_read`.
    public func readOnce() -> MQTTReadResult {
        let before = heard.packets
        errno = 0
        let result = lending { mosquitto_loop_read(handle, 1) }
        let systemError = errno
        guard result == MOSQ_ERR_SUCCESS.rawValue, failure == nil, fileDescriptor != nil else {
            ended(result, systemError)
            return .ended
        }
        return heard.packets == before && systemError == EAGAIN ? .dry : .progress
    }

    /// Writes what is queued, acknowledgements included; false when the connection has ended.
    ///
    /// `many` says that several packets may wait: the library makes a system call of each, and without Nagle's
    /// delay each would travel by itself, so they are gathered and leave together. With encryption they are
    /// only held back until all are written (`TCP_CORK`). Ends in `mosquitto_loop_write`.
    public func writeOnce(many: Bool = false) -> Bool {
        if let ahead, unsentBytes > 0 {
            // Nothing may overtake what is left of the last time.
            guard sendGathered(ahead) else { return false }
            guard unsentBytes == 0 else { return true }
        }
        if many, ahead == nil { cork(true) }
        errno = 0
        let result =
            many
            ? lending(gathering: true) { mosquitto_loop_write(handle, 1) }
            : mosquitto_loop_write(handle, 1)
        let systemError = errno
        if many, ahead == nil { cork(false) }
        guard goesOn(result, systemError) else { return false }
        return ahead.map { sendGathered($0) } ?? true
    }

    /// Tests a silent connection and notices a dead one; false when the connection has ended.
    ///
    /// Call it at least once a second. Ends in `mosquitto_loop_misc`.
    public func maintain() -> Bool {
        errno = 0
        let result = mosquitto_loop_misc(handle)
        return goesOn(result, errno)
    }

    /// Cuts the connection, so that no acknowledgement that is queued can leave.
    ///
    /// Never `disconnect` for this: DISCONNECT queues behind the acknowledgements and flushes them.
    public func shutdownSocket() {
        if let fileDescriptor { _ = shutdown(fileDescriptor, Int32(SHUT_RDWR)) }
        if failure == nil {
            failure = MQTTFailure(kind: .lost, message: "cut by this side")
        }
    }

    /// Calls the library with the buffers lent: it reads more than it asks for, writes together what is
    /// gathered, and wakes no thread that it does not have.
    ///
    /// What the thread had lent before is lent again afterwards: a callback may publish over another connection.
    func lending(gathering: Bool = false, _ body: () -> Int32) -> Int32 {
        let former = sluice_read_ahead_lent()
        guard let ahead, former != ahead else { return body() }
        let lend = gathering ? sluice_write_together_lend : sluice_read_ahead_lend
        lend(ahead, mosquitto_socket(handle))
        let result = body()
        sluice_read_ahead_return(former)
        return result
    }

    /// Keeps what is written back, or no longer; what cannot be kept back just leaves at once.
    private func cork(_ isOn: Bool) {
        guard let fileDescriptor else { return }
        var value: Int32 = isOn ? 1 : 0
        let size = socklen_t(MemoryLayout<Int32>.size)
        setsockopt(fileDescriptor, Int32(IPPROTO_TCP), TCP_CORK, &value, size)
    }

    /// Hands what was gathered to the system; false when the connection has ended.
    private func sendGathered(_ ahead: OpaquePointer) -> Bool {
        if sluice_write_together_flush(ahead, mosquitto_socket(handle)) { return true }
        return goesOn(Int32(MOSQ_ERR_CONN_LOST.rawValue), errno)
    }

    private func goesOn(_ result: Int32, _ systemError: Int32) -> Bool {
        if result == MOSQ_ERR_SUCCESS.rawValue, failure == nil, fileDescriptor != nil {
            return true
        }
        ended(result, systemError)
        return false
    }

    private func ended(_ result: Int32, _ systemError: Int32) {
        guard failure == nil else { return }
        let endings = [MOSQ_ERR_SUCCESS, MOSQ_ERR_CONN_LOST, MOSQ_ERR_ERRNO].map {
            Int32($0.rawValue)
        }
        if greeting == nil, endings.contains(result) { return closedWithoutAnswer() }
        failure = MQTTFailure(
            result: result == MOSQ_ERR_SUCCESS.rawValue
                ? Int32(MOSQ_ERR_CONN_LOST.rawValue) : result,
            systemError: systemError,
            complaint: complaint,
            options: options
        )
    }
}

extension MQTTConnection {
    /// The other end has closed before it answered.
    func closedWithoutAnswer() {
        let place = "\(options.host):\(options.port)"
        failure =
            options.tls == nil
            ? MQTTFailure(
                kind: .lost,
                message: "\(place) closed the connection without an answer",
                advice: "does the broker want TLS on this port?"
            )
            : MQTTFailure(
                kind: .tls,
                message: "\(place): \(complaint ?? "closed during the TLS handshake")",
                advice: "does it speak TLS on this port, and does it want a client certificate?"
            )
    }
}
