// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import CCurl
import Synchronization

/// The transfers under way on one multi handle; used by the loop's thread alone.
struct TransferRound {
    private let multi: UnsafeMutableRawPointer
    private let options: HTTPClientOptions
    private var active: [UnsafeMutableRawPointer: Transfer] = [:]
    /// Handles to use again, with the place they are set up for: making one costs more than resetting it, and
    /// that costs more than the few options which differ between two requests of one place.
    ///
    /// Without a place where one has been reset.
    private var spare: [(handle: UnsafeMutableRawPointer, place: HTTPRequest.Place?)] = []
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
        guard let (handle, place, isFresh) = handle(for: transfer.request) else {
            let error = HTTPError(code: .other, message: "libcurl has no handle left")
            ended.append((transfer, .failure(error)))
            return
        }
        do throws(HTTPError) {
            try transfer.prepare(handle, at: place, isFresh: isFresh, options: options)
        } catch {
            // It may be set up by half.
            curl_easy_cleanup(handle)
            ended.append((transfer, .failure(error)))
            return
        }
        transfer.handle = handle
        let result = curl_multi_add_handle(multi, handle)
        guard result == CURLM_OK else {
            transfer.handle = nil
            curl_easy_cleanup(handle)
            let message = String(cString: curl_multi_strerror(result))
            ended.append((transfer, .failure(HTTPError(code: .other, message: message))))
            return
        }
        active[handle] = transfer
    }

    /// A handle that is set up for a request's place, or a fresh one.
    private mutating func handle(
        for request: HTTPRequest
    ) -> (handle: UnsafeMutableRawPointer, place: HTTPRequest.Place, isFresh: Bool)? {
        if let index = spare.lastIndex(where: { $0.place?.isPlace(of: request) == true }),
            let place = spare[index].place
        {
            // The order of the rest does not matter.
            spare.swapAt(index, spare.count - 1)
            return spare.popLast().map { ($0.handle, place, false) }
        }
        if let (handle, former) = spare.popLast() {
            if former != nil { curl_easy_reset(handle) }
            return (handle, HTTPRequest.Place(request), true)
        }
        return curl_easy_init().map { ($0, HTTPRequest.Place(request), true) }
    }

    /// Ends a transfer that somebody no longer waits for.
    mutating func cancel(_ transfer: Transfer) {
        guard let handle = transfer.handle, active[handle] === transfer else { return }
        end(handle, with: .failure(Self.cancelled(transfer)))
    }

    /// Moves all transfers as far as they go without waiting, and reports those that finished.
    mutating func advance() {
        var running: Int32 = 0
        curl_multi_perform(multi, &running)
        var left: Int32 = 0
        while let message = curl_multi_info_read(multi, &left) {
            guard message.pointee.msg == CURLMSG_DONE, let handle = message.pointee.easy_handle,
                let transfer = active[handle]
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
        for (handle, transfer) in active {
            var error = HTTPError.closed
            error.mayHaveBeenSent = transfer.hasSent
            end(handle, with: .failure(error))
        }
        for (handle, _) in spare { curl_easy_cleanup(handle) }
        spare.removeAll()
        report()
    }

    private mutating func end(
        _ handle: UnsafeMutableRawPointer,
        with outcome: Result<HTTPResponse, HTTPError>
    ) {
        guard let transfer = active.removeValue(forKey: handle) else { return }
        curl_multi_remove_handle(multi, handle)
        transfer.handle = nil
        ended.append((transfer, outcome))
        guard spare.count < options.maximumIdleConnections else {
            curl_easy_cleanup(handle)
            return
        }
        // One that broke off may still be about to rewind a body: nothing of that may reach the next.
        if case .success = outcome, !transfer.request.isSentOnce {
            transfer.leave(handle)
            spare.append((handle, transfer.place))
        } else {
            curl_easy_reset(handle)
            spare.append((handle, nil))
        }
    }

    private static func cancelled(_ transfer: Transfer) -> HTTPError {
        HTTPError(
            code: .cancelled,
            message: "nobody waits for the reply any more",
            mayHaveBeenSent: transfer.hasSent
        )
    }
}
