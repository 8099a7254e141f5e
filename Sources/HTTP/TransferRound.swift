// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import CCurl
import Synchronization

/// The transfers under way on one multi handle; used by the loop's thread alone.
struct TransferRound {
    private let multi: UnsafeMutableRawPointer
    private let options: HTTPClientOptions
    private var active: [UnsafeMutableRawPointer: Transfer] = [:]
    /// Handles to use again: making one costs more than resetting it.
    private var spare: [UnsafeMutableRawPointer] = []

    init(multi: UnsafeMutableRawPointer, options: HTTPClientOptions) {
        self.multi = multi
        self.options = options
    }

    /// Starts a transfer, or fails it at once.
    mutating func begin(_ transfer: Transfer) {
        guard !transfer.isCancelled.load(ordering: .acquiring) else {
            transfer.finish(.failure(Self.cancelled(transfer)))
            return
        }
        guard let handle = spare.popLast() ?? curl_easy_init() else {
            let error = HTTPError(code: .other, message: "libcurl has no handle left")
            transfer.finish(.failure(error))
            return
        }
        do throws(HTTPError) {
            try transfer.prepare(handle, options: options)
        } catch {
            recycle(handle)
            transfer.finish(.failure(error))
            return
        }
        transfer.handle = handle
        let result = curl_multi_add_handle(multi, handle)
        guard result == CURLM_OK else {
            transfer.handle = nil
            recycle(handle)
            let message = String(cString: curl_multi_strerror(result))
            transfer.finish(.failure(HTTPError(code: .other, message: message)))
            return
        }
        active[handle] = transfer
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

    /// Fails what is under way and lets go of all handles.
    mutating func close() {
        for (handle, transfer) in active {
            var error = HTTPError.closed
            error.mayHaveBeenSent = transfer.hasSent
            end(handle, with: .failure(error))
        }
        for handle in spare { curl_easy_cleanup(handle) }
        spare.removeAll()
    }

    private mutating func end(
        _ handle: UnsafeMutableRawPointer,
        with outcome: Result<HTTPResponse, HTTPError>
    ) {
        let transfer = active.removeValue(forKey: handle)
        curl_multi_remove_handle(multi, handle)
        transfer?.handle = nil
        recycle(handle)
        transfer?.finish(outcome)
    }

    private mutating func recycle(_ handle: UnsafeMutableRawPointer) {
        guard spare.count < 32 else {
            curl_easy_cleanup(handle)
            return
        }
        curl_easy_reset(handle)
        spare.append(handle)
    }

    private static func cancelled(_ transfer: Transfer) -> HTTPError {
        HTTPError(
            code: .cancelled,
            message: "nobody waits for the reply any more",
            mayHaveBeenSent: transfer.hasSent
        )
    }
}
