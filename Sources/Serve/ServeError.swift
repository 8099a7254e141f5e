// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Hummingbird
import Infer

/// Why a request is refused: an HTTP status and the text of the protocol's `error` member.
struct ServeError: Error {
    let status: HTTPResponse.Status
    let message: String

    /// The status as a number.
    var code: Int { status.code }

    init(_ status: HTTPResponse.Status, _ message: String) {
        self.status = status
        self.message = message
    }

    /// The request is at fault: 400.
    static func badRequest(_ message: String) -> ServeError {
        ServeError(.badRequest, message)
    }

    /// What a failed run is to the caller: the tensors' fault, or the model's.
    init(_ error: OnnxError) {
        switch error.code {
        case .badTensor, .invalidArgument: self.init(.badRequest, error.message)
        default: self.init(.internalServerError, error.message)
        }
    }
}
