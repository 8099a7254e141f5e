// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Settings

extension OnnxSpec.Check {
    init(_ node: SettingsNode) {
        self.node = node
        let numbers = node.required("input", .list(of: .number())) ?? []
        input = numbers.map { Float($0) }
        label = node.optionalString("label")
        probabilities = node.optional("probabilities", .list(of: .number(in: 0...1)))
        value = node.optional("value", .number())
        tolerance = node.value("tolerance", .number(in: 0...1e9), default: 1e-4)
        if label == nil, probabilities == nil, value == nil {
            node.problem(
                "`check` expects nothing of the model",
                hint: "add `label`, `probabilities` or `value`"
            )
        }
    }
}
