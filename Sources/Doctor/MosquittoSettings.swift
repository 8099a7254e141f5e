// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// What a `mosquitto.conf` says of the limits that matter to a gateway.
///
/// Read for what it says only (mosquitto.conf(5), version 2): the first word of a line is the key, the rest
/// its value, `#` begins a comment at a line's start. What is not said has the broker's defaults.
public struct MosquittoSettings: Equatable, Sendable {
    /// Messages queued for one client that is away or slow; 0 for no bound.
    public var queuedMessages = 1_000
    /// Bytes queued for one client; 0 for no bound.
    public var queuedBytes = 0
    /// Messages under way to a client of MQTT 3.1.1.
    public var inflightMessages = 20
    /// True when sessions and queues are written to disk.
    public var isPersistent = false
    /// Seconds, or changes, from one save to the next.
    public var saveInterval = 1_800
    /// True when the interval counts changes.
    public var savesOnChanges = false
    /// True when messages of QoS 0 are queued for clients that are away, too.
    public var queuesQoS0 = false
    /// The largest packet in bytes; 0 for no bound.
    public var packetSize = 0
    /// After how long a session is forgotten; nil for never.
    public var clientExpiration: String?
    /// The ports it listens on; empty says 1883.
    public var ports: Set<Int> = []
    /// Folders whose `*.conf` files belong to it.
    public var includedFolders: [String] = []

    /// The broker's defaults.
    public init() {}

    /// Reads a file's text; later lines count more, as they do to the broker.
    public init(parsing text: String) {
        add(text)
    }

    /// Takes in the text of a further file.
    public mutating func add(_ text: String) {
        for line in text.split(whereSeparator: \.isNewline).prefix(100_000) {
            let words = line.split(maxSplits: 1) { $0 == " " || $0 == "\t" }
            guard words.count == 2, let key = words.first, !key.hasPrefix("#") else { continue }
            let value = words[1].trimmingSpace
            let number = Int(value)
            switch key {
            case "max_queued_messages": queuedMessages = number ?? queuedMessages
            case "max_queued_bytes": queuedBytes = number ?? queuedBytes
            case "max_inflight_messages": inflightMessages = number ?? inflightMessages
            case "persistence": isPersistent = value == "true"
            case "autosave_interval": saveInterval = number ?? saveInterval
            case "autosave_on_changes": savesOnChanges = value == "true"
            case "queue_qos0_messages": queuesQoS0 = value == "true"
            case "max_packet_size": packetSize = number ?? packetSize
            case "persistent_client_expiration": clientExpiration = String(value)
            case "listener", "port":
                if let port = value.split(separator: " ").first.flatMap({ Int($0) }) {
                    ports.insert(port)
                }
            case "include_dir":
                if includedFolders.count < 16 { includedFolders.append(String(value)) }
            default: break
            }
        }
    }

    /// True when a broker with these settings listens on `port`.
    public func listens(on port: Int) -> Bool {
        ports.isEmpty ? port == 1_883 : ports.contains(port)
    }
}

extension Substring {
    /// Without spaces at either end.
    fileprivate var trimmingSpace: Substring {
        let start = drop { $0 == " " || $0 == "\t" }
        guard let last = start.lastIndex(where: { $0 != " " && $0 != "\t" }) else { return "" }
        return start[...last]
    }
}
