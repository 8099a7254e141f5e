// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Hummingbird
import Vocabulary

/// The dashboard's own files, which are part of the program: there is no folder to leave.
struct DashboardFile: Sendable {
    let path: String
    let contentType: String
    let bytes: [UInt8]
    /// Changes with the content, so that browsers keep what they have while it is the same.
    let tag: String

    private init(_ path: String, _ contentType: String, _ bytes: [UInt8]) {
        self.path = path
        self.contentType = contentType
        self.bytes = bytes
        // FNV-1a (RFC 9923); nobody gains by a collision with himself.
        let hash = bytes.reduce(into: UInt64(0xcbf2_9ce4_8422_2325)) { hash, byte in
            hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3
        }
        tag = "\"\(String(hash, radix: 16))\""
    }

    private static let script = "text/javascript; charset=utf-8"

    static let all: [Self] = [
        Self("/", "text/html; charset=utf-8", PackageResources.index_html),
        Self("/dashboard.css", "text/css; charset=utf-8", PackageResources.dashboard_css),
        Self("/icon.svg", "image/svg+xml", PackageResources.icon_svg),
        Self("/main.js", script, PackageResources.main_js),
        Self("/api.js", script, PackageResources.api_js),
        Self("/page.js", script, PackageResources.page_js),
        Self("/format.js", script, PackageResources.format_js),
        Self("/charts.js", script, PackageResources.charts_js),
        Self("/overview.js", script, PackageResources.overview_js),
        Self("/cloud.js", script, PackageResources.cloud_js),
        Self("/decisions.js", script, PackageResources.decisions_js),
        Self("/policies.js", script, PackageResources.policies_js),
        Self("/letters.js", script, PackageResources.letters_js),
    ]

    /// The file at `path`; nil for any other path.
    static func named(_ path: String) -> Self? { all.first { $0.path == path } }

    /// Has the router serve them.
    static func add(to router: Router<AdminContext>) {
        for file in all {
            router.get(RouterPath(file.path)) { request, _ in
                if request.headers[.ifNoneMatch] == file.tag {
                    return Response(status: .notModified, headers: [.eTag: file.tag])
                }
                return Response(
                    status: .ok,
                    headers: [
                        .contentType: file.contentType, .eTag: file.tag,
                        .cacheControl: "no-cache",
                    ],
                    body: ResponseBody(byteBuffer: ByteBuffer(bytes: file.bytes))
                )
            }
        }
    }
}
