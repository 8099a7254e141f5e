// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

/// Named tensors: the body of the Open Inference Protocol, version 2, over REST.
///
/// Sources: kserve/open-inference-protocol, specification/protocol/inference_rest.md; for binary tensors Triton's
/// "Binary Tensor Data Extension". A binary reply is recognised by its header field, whatever was asked for.
struct TensorsForm: CloudForm {
    let labels: AnswerLabels
    let outputs: OutputNames
    /// True for tensors as little-endian bytes behind the JSON, both ways.
    let isBinary: Bool

    func body(for questions: [Question]) throws(CallFailure) -> CloudBody {
        let keys = questions.map(\.key.description)
        let key = RequestKey.of(keys)
        let json = header(for: questions, keys: keys, key: key)
        guard isBinary else {
            let headers = [(name: "Content-Type", value: "application/json")]
            return CloudBody(headers: headers, bytes: json, key: key)
        }
        var bytes = json
        for index in questions[0].outbound.tensors.indices {
            for question in questions {
                for value in question.outbound.tensors[index].values {
                    withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes += $0 }
                }
            }
        }
        return CloudBody(
            headers: [
                ("Content-Type", "application/octet-stream"),
                ("Inference-Header-Content-Length", String(json.count)),
            ],
            bytes: bytes,
            key: key
        )
    }
}
