// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

extension SiteKey {
    /// What stands for `text` outside the site: 16 hexadecimal digits of a keyed hash.
    ///
    /// The same text has the same pseudonym for as long as the site keeps its key; nobody without the key
    /// can find the text by guessing.
    func pseudonym(_ text: String) -> String {
        // No message has that many readings, so that this is never a decision's id.
        let hash = decisionID(identity: Array(text.utf8), index: .max, policy: "pseudonym")
        return String(hash.description.prefix(16))
    }
}
