// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import HTTP

/// The error a request ends with; nil when it succeeds.
func failure(
    of send: () async throws -> HTTPResponse
) async -> HTTPError? {
    do {
        _ = try await send()
        return nil
    } catch {
        return error as? HTTPError
    }
}

func removeFile(_ path: String) {
    unlink(path)
}
