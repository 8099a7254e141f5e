// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Settings
import Vocabulary

/// How a model gathers readings, as far as `model.yaml` says.
struct Gathering {
    /// How each device's readings are gathered; nil to look at one reading at a time.
    var window: WindowSpec?
    /// How many numbers of a series there are in a second.
    var rate: Double?
    /// False where it did not read, which is reported.
    var isSound: Bool

    /// Reads `window` and `rate`.
    init(_ root: SettingsNode) {
        window = WindowSpec.read(root)
        rate = root.optional("rate", .rate)
        isSound = root.has("window") == (window != nil) && root.has("rate") == (rate != nil)
    }

    /// Checks what does not depend on the fields: constants, units, spans and bands.
    func check(_ expression: FeatureExpression) throws(FeatureError) {
        let fields = expression.fields.map { ReadingSpec.Field(name: $0, path: $0, kind: .any) }
        // A policy's reading may say the rate: until then no frequency is too high for it.
        let scope = FeatureScope(fields: fields, window: window, rate: rate ?? .infinity)
        _ = try FeaturePipeline([expression], scope)
    }
}
