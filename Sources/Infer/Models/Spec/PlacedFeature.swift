// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Settings
import Vocabulary

/// A feature with the place in `model.yaml` it was read from.
struct PlacedFeature: Sendable {
    var expression: FeatureExpression
    var file: String
    var line: Int
    var column: Int

    /// The diagnostic for `error`, which is about this feature.
    func diagnostic(_ error: FeatureError) -> Diagnostic {
        Diagnostic(
            .error,
            error.message,
            hint: error.hint,
            file: file,
            line: line,
            column: column + error.offset,
            length: error.length
        )
    }
}

extension PlacedFeature {
    /// Reads a feature; nil when it is none, which is reported.
    ///
    /// So is what is wrong with it whatever fields a policy brings.
    init?(_ node: SettingsNode, file: String, over gathering: Gathering) {
        guard let text = node.read(.string) else { return nil }
        do throws(FeatureError) {
            expression = try FeatureExpression(text)
            if gathering.isSound { try gathering.check(expression) }
        } catch {
            node.problem(at: error.offset, length: error.length, error.message, hint: error.hint)
            return nil
        }
        self.file = file
        line = node.place.line
        column = node.place.column
    }
}
