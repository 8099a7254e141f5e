// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Settings
import Vocabulary

/// Reads `text`, lets `body` ask for values, and gives the findings as `line:column+length severity: text`.
func findings(in text: String, _ body: (SettingsNode) -> Void = { _ in }) -> [String] {
    let (file, problems) = SettingsFile.parse(Array(text.utf8), shownAs: "test.yaml")
    guard let file else { return problems.map(shown) }
    body(file.root)
    file.root.finish()
    return file.diagnostics.map(shown)
}

func shown(_ diagnostic: Diagnostic) -> String {
    var text = "\(diagnostic.line):\(diagnostic.column)"
    if diagnostic.length > 1 { text += "+\(diagnostic.length)" }
    text += " \(diagnostic.severity.rawValue): \(diagnostic.message)"
    if let hint = diagnostic.hint { text += "; \(hint)" }
    return text
}
