// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

extension CloudReply {
    /// What the server says about why it would not answer, bounded; nil where it says nothing that can be read.
    ///
    /// Read from the places where the protocols put it: `error_description` (OAuth 2), `error` (a text, or an object with `message`), `message`,
    /// `Message`, `detail`.
    var complaint: String? {
        // Enough for a sentence; a server's page of HTML is no complaint.
        guard body.count <= 64 << 10, let reply = try? ReplyJSON(parsing: body) else { return nil }
        let places = [
            reply["error_description"], reply["error"], reply["error"]?["message"],
            reply["message"], reply["Message"],
            reply["detail"],
        ]
        guard let text = places.lazy.compactMap({ $0?.text }).first, !text.isEmpty else {
            return nil
        }
        return shown(text)
    }
}
