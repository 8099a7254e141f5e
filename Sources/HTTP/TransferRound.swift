// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import CCurl
import Synchronization

/// The transfers under way on one multi handle; used by the loop's thread alone.
struct TransferRound {
    private let multi: UnsafeMutableRawPointer
    private let options: HTTPClientOptions
    private var active: [UnsafeMutableRawPointer: EasyHandle] = [:]
    /// Handles to use again.
    private var spare: [EasyHandle] = []
    /// What has ended and was not reported yet.
    private var ended: [(transfer: Transfer, result: Result<HTTPResponse, HTTPError>)] = []

    init(multi: UnsafeMutableRawPointer, options: HTTPClientOptions) {
        self.multi = multi
        self.options = options
    }

    /// Starts a transfer, or fails it at once.
    mutating func begin(_ transfer: Transfer) {
        guard !transfer.isCancelled.load(ordering: .acquiring) else {
            ended.append((transfer, .failure(Self.cancelled(transfer))))
            return
        }
        guard let handle = handle(for: transfer.request) else {
            let error = HTTPError(code: .other, message: "libcurl has no handle left")
            ended.append((transfer, .failure(error)))
            return
        }
        do throws(HTTPError) {
            try transfer.begin(on: handle, options: options)
        } catch {
            // It may be set up by half, and is not used again.
            ended.append((transfer, .failure(error)))
            return
        }
        let result = curl_multi_add_handle(multi, handle.pointer)
        guard result == CURLM_OK else {
            transfer.end()
            let message = String(cString: curl_multi_strerror(result))
            ended.append((transfer, .failure(HTTPError(code: .other, message: message))))
            return
        }
        active[handle.pointer] = handle
    }

    /// A spare handle, one that is set up for the request's place where there is one.
    private mutating func handle(for request: HTTPRequest) -> EasyHandle? {
        if let index = spare.lastIndex(where: { $0.place?.isPlace(of: request) == true }) {
            // The order of the rest does not matter.
            spare.swapAt(index, spare.count - 1)
        }
        return spare.popLast() ?? EasyHandle()
    }

    /// Ends a transfer that somebody no longer waits for.
    mutating func cancel(_ transfer: Transfer) {
        guard let handle = transfer.handle, handle.transfer === transfer else { return }
        end(handle, with: .failure(Self.cancelled(transfer)))
    }

    /// Moves all transfers as far as they go without waiting, and reports those that finished.
    mutating func advance() {
        var running: Int32 = 0
        curl_multi_perform(multi, &running)
        var left: Int32 = 0
        while let message = curl_multi_info_read(multi, &left) {
            guard message.pointee.msg == CURLMSG_DONE,
                let handle = message.pointee.easy_handle.flatMap({ active[$0] }),
                let transfer = handle.transfer
            else { continue }
            end(handle, with: transfer.outcome(of: ccurl_message_result(message)))
        }
    }

    /// Tells the listeners what has ended, each of them all at once.
    mutating func report() {
        while let listener = ended.first?.transfer.listener {
            var outcomes: [HTTPOutcome] = []
            outcomes.reserveCapacity(ended.count)
            var others: [(transfer: Transfer, result: Result<HTTPResponse, HTTPError>)] = []
            for end in ended {
                if end.transfer.listener === listener {
                    outcomes.append(HTTPOutcome(id: end.transfer.id, result: end.result))
                } else {
                    others.append(end)
                }
            }
            ended = others
            listener.heard(outcomes)
        }
    }

    /// Fails what is under way and lets go of all handles.
    mutating func close() {
        for handle in active.values {
            var error = HTTPError.closed
            error.mayHaveBeenSent = handle.transfer?.hasSent ?? false
            end(handle, with: .failure(error))
        }
        spare.removeAll()
        report()
    }

    private mutating func end(
        _ handle: EasyHandle,
        with outcome: Result<HTTPResponse, HTTPError>
    ) {
        guard let transfer = handle.transfer else { return }
        active[handle.pointer] = nil
        curl_multi_remove_handle(multi, handle.pointer)
        transfer.end()
        ended.append((transfer, outcome))
        // One that broke off may still be about to rewind a body: nothing of that may reach the next.
        if case .success = outcome, !transfer.request.isSentOnce {
            handle.leave()
        } else {
            handle.reset()
        }
        if spare.count < options.maximumIdleConnections { spare.append(handle) }
    }

    private static func cancelled(_ transfer: Transfer) -> HTTPError {
        HTTPError(
            code: .cancelled,
            message: "nobody waits for the reply any more",
            mayHaveBeenSent: transfer.hasSent
        )
    }
}
