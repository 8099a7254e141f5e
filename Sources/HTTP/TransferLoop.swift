// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import CCurl
import Glibc
import Synchronization

/// A libcurl multi handle on its way between threads.
// @unchecked: only the loop's thread uses it, but for curl_multi_wakeup(3), which any thread may call.
private struct MultiHandle: @unchecked Sendable {
    let pointer: UnsafeMutableRawPointer
}

/// The thread that drives all transfers of one client, and the way in to it.
final class TransferLoop: Sendable {
    /// What other threads leave for the loop's thread.
    private struct Inbox {
        /// The multi handle to wake; nil once the thread has let go of it.
        var multi: MultiHandle?
        var starting: [Transfer] = []
        var cancelling: [Transfer] = []
        var isStopping = false
        /// True while the thread sleeps, or is about to: only then is it woken.
        var isWaiting = false
        var thread: pthread_t?
    }

    private let options: HTTPClientOptions
    private let inbox = Mutex(Inbox())

    init(options: HTTPClientOptions) throws(HTTPError) {
        self.options = options
        guard isLibraryReady, let multi = curl_multi_init() else {
            throw HTTPError(code: .other, message: "libcurl cannot be initialised")
        }
        _ = ccurl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, options.maximumIdleConnections)
        let handle = MultiHandle(pointer: multi)
        inbox.withLock { $0.multi = handle }
        var thread = pthread_t()
        let start = Unmanaged.passRetained(self)
        let result = pthread_create(&thread, nil, runLoop, start.toOpaque())
        guard result == 0 else {
            start.release()
            curl_multi_cleanup(multi)
            let reason = String(cString: strerror(result))
            throw HTTPError(code: .other, message: "no thread: \(reason)")
        }
        inbox.withLock { [thread] in $0.thread = thread }
    }

    /// Begins transfers; any thread, which refuses them itself once the loop is to stop.
    func start(_ transfers: [Transfer]) {
        let areAccepted = inbox.withLock { inbox in
            guard !inbox.isStopping else { return false }
            inbox.starting.append(contentsOf: transfers)
            wake(&inbox)
            return true
        }
        if !areAccepted { refuse(transfers) }
    }

    private func refuse(_ transfers: [Transfer]) {
        for transfer in transfers {
            transfer.listener.heard([HTTPOutcome(id: transfer.id, result: .failure(.closed))])
        }
    }

    /// Ends a transfer early; any thread, also before it was begun.
    func cancel(_ transfer: Transfer) {
        transfer.isCancelled.store(true, ordering: .releasing)
        inbox.withLock { inbox in
            guard !inbox.isStopping else { return }
            inbox.cancelling.append(transfer)
            wake(&inbox)
        }
    }

    /// Asks the thread to end; any thread.
    func requestStop() {
        inbox.withLock { inbox in
            inbox.isStopping = true
            wake(&inbox)
        }
    }

    /// Waits for the thread to end; a second caller does not wait.
    func join() {
        let thread = inbox.withLock { inbox in
            defer { inbox.thread = nil }
            return inbox.thread
        }
        if let thread { pthread_join(thread, nil) }
    }

    /// Lets the thread end by itself, where nobody can wait for it.
    func detach() {
        let thread = inbox.withLock { inbox in
            defer { inbox.thread = nil }
            return inbox.thread
        }
        if let thread { pthread_detach(thread) }
    }

    /// curl_multi_wakeup(3) may be called from any thread, but not after the handle is gone.
    private func wake(_ inbox: inout Inbox) {
        guard inbox.isWaiting, let multi = inbox.multi else { return }
        inbox.isWaiting = false
        curl_multi_wakeup(multi.pointer)
    }

    /// The thread's life.
    fileprivate func run() {
        guard let multi = inbox.withLock({ $0.multi })?.pointer else { return }
        var round = TransferRound(multi: multi, options: options)
        while true {
            let (starting, cancelling, isStopping) = inbox.withLock { inbox in
                defer {
                    inbox.starting = []
                    inbox.cancelling = []
                    inbox.isWaiting = false
                }
                return (inbox.starting, inbox.cancelling, inbox.isStopping)
            }
            if isStopping {
                refuse(starting)
                break
            }
            for transfer in starting { round.begin(transfer) }
            for transfer in cancelling { round.cancel(transfer) }
            round.advance()
            round.report()
            let mayWait = inbox.withLock { inbox in
                inbox.isWaiting =
                    inbox.starting.isEmpty && inbox.cancelling.isEmpty && !inbox.isStopping
                return inbox.isWaiting
            }
            if mayWait { curl_multi_poll(multi, nil, 0, 60_000, nil) }
        }
        round.close()
        // After this nobody can wake the handle any more.
        inbox.withLock { $0.multi = nil }
        curl_multi_cleanup(multi)
    }
}

/// libcurl's own start, once a process.
private let isLibraryReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

extension HTTPError {
    static let closed = HTTPError(code: .closed, message: "the client has been shut down")
}

/// pthread_create's entry; takes over the reference it is given.
private func runLoop(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let context else { return nil }
    let loop = Unmanaged<TransferLoop>.fromOpaque(context).takeRetainedValue()
    loop.run()
    return nil
}
