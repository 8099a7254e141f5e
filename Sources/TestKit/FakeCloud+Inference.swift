// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

extension FakeCloud {
    /// Answers readiness probes with 200, and Open Inference requests with the label `label` gives each row.
    ///
    /// The reply has the outputs `label` (BYTES) and `probabilities` (FP32, nested), the latter sure of the label.
    public static func inference(
        labels: [String],
        delay: Double = 0,
        label: @escaping @Sendable ([Double]) -> String
    ) -> @Sendable (Request) -> Reply {
        { request in
            guard request.method == "POST" else { return Reply(body: #"{"ready":true}"#) }
            guard let rows = rows(of: request.body) else {
                return Reply(status: 400, body: #"{"error":"no rows"}"#)
            }
            let answers = rows.map(label)
            let names = answers.map { "\"\($0)\"" }.joined(separator: ",")
            let shares = answers.map { answer in
                "[" + labels.map { $0 == answer ? "0.9" : "0.05" }.joined(separator: ",") + "]"
            }.joined(separator: ",")
            let body = """
                {"model_name":"fake","model_version":"7","outputs":[\
                {"name":"label","datatype":"BYTES","shape":[\(rows.count)],"data":[\(names)]},\
                {"name":"probabilities","datatype":"FP32",\
                "shape":[\(rows.count),\(labels.count)],"data":[\(shares)]}]}
                """
            return Reply(body: body, delay: delay)
        }
    }

    /// The rows of a request's first tensor, which must be flat; nil when there are none.
    public static func rows(of body: String) -> [[Double]]? {
        guard let shape = list(after: "\"shape\":[", in: body), shape.count == 2,
            let data = list(after: "\"data\":[", in: body)
        else { return nil }
        let (count, width) = (Int(shape[0]), Int(shape[1]))
        guard count > 0, width > 0, data.count == count * width else { return nil }
        return (0..<count).map { Array(data[($0 * width)..<(($0 + 1) * width)]) }
    }

    private static func list(after mark: String, in body: String) -> [Double]? {
        let parts = body.split(separator: mark, maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let end = parts[1].firstIndex(of: "]") else { return nil }
        return parts[1][..<end].split(separator: ",").compactMap { Double($0) }
    }
}
