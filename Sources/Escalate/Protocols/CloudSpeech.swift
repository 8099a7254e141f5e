// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// What an endpoint speaks.
public enum CloudSpeech: Sendable {
    /// The Open Inference Protocol, version 2, over REST.
    case openInference
}

extension EndpointOptions {
    /// The protocol, made for this endpoint.
    func makeProtocol() -> any CloudProtocol {
        switch speaks {
        case .openInference: OpenInference(options: self)
        }
    }
}
