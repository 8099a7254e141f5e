// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

/// The Open Inference Protocol, version 2, over REST with JSON tensors.
///
/// Source: kserve/open-inference-protocol, specification/protocol/inference_rest.md.
struct OpenInference: CloudProtocol {
    let url: String
    let readiness: CloudReadiness
    let model: ModelReference
    let labels: [String]?
    let outputs: OutputNames

    init(options: EndpointOptions) {
        var base = Substring(options.url)
        while base.last == "/" { base.removeLast() }
        var path = "\(base)/v2/models/\(Self.escaped(options.model))"
        if let version = options.modelVersion { path += "/versions/\(Self.escaped(version))" }
        url = path + "/infer"
        readiness = CloudReadiness(url: path + "/ready")
        model = ModelReference(name: options.model, version: options.modelVersion ?? "")
        labels = options.labels
        outputs = options.outputs
    }

    /// A path segment (RFC 3986): everything but the unreserved characters as `%XX`.
    static func escaped(_ segment: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var text: [UInt8] = []
        for byte in segment.utf8 {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "-"), UInt8(ascii: "."),
                UInt8(ascii: "_"), UInt8(ascii: "~"):
                text.append(byte)
            default:
                text += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
}
