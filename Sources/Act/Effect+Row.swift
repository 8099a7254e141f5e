// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
public import Vocabulary

/// An effect as a row of the spool holds it: JSON, readable with SQLite's own shell.
///
/// An instant of the monotonic clock means nothing after a reboot, so `notAfter` is kept as the time
/// that was left when the row was written, and as the wall time of its end where that was known.
private struct EffectRecord: Decodable {
    var format: Int
    var decision: String
    var revision: Int
    var effect: String
    var device: String
    var target: String
    var topic: String?
    var qualityOfService: UInt8?
    var isRetained: Bool?
    var url: String?
    var headers: [Webhook.Header]?
    var credential: String?
    var timeout: Int64?
    var contentType: String
    /// The body where it is UTF-8, so that a person can read it.
    var text: String?
    /// The body in base64 where it is not.
    var bytes: Data?
    /// Nanoseconds left when it was written.
    var timeLeft: Int64?
    /// The end of that time, in nanoseconds since the Unix epoch.
    var notAfterWall: Int64?
}

/// A spool row that holds no effect.
public struct EffectRowError: Error, Hashable, Sendable {
    /// What is wrong with it.
    public var message: String
}

extension Effect {
    /// The body of the effect's row in the spool, written at `now`.
    ///
    /// With `wallTime`, the row also knows its end in civil time, and a disk that took it late has not
    /// made it younger.
    public func row(at now: MonotonicInstant, wallTime: WallTime? = nil) -> [UInt8] {
        let left = notAfter.map { $0 - now }
        var writer = JSONWriter(capacity: body.count + body.count / 8 + 320)
        writer.beginObject()
        writer.member("format", 1)
        writer.member("decision", key.decision.description)
        writer.member("revision", key.revision)
        writer.member("effect", key.effect)
        writer.member("device", device)
        write(target, into: &writer)
        writer.member("contentType", contentType)
        if let text = String(validating: body, as: UTF8.self) {
            writer.member("text", text)
        } else {
            writer.member("bytes", Data(body).base64EncodedString())
        }
        writer.member("timeLeft", left?.nanoseconds)
        writer.member(
            "notAfterWall",
            left.flatMap { left in wallTime.map { ($0 + left).nanoseconds } }
        )
        writer.endObject()
        return writer.bytes
    }

    private func write(_ target: EffectTarget, into writer: inout JSONWriter) {
        switch target {
        case .publish(let topic, let qualityOfService, let isRetained):
            writer.member("target", "publish")
            writer.member("topic", topic)
            writer.member("qualityOfService", qualityOfService)
            writer.member("isRetained", isRetained)
        case .webhook(let webhook):
            writer.member("target", "webhook")
            writer.member("url", webhook.url)
            writer.key("headers")
            writer.beginArray()
            for header in webhook.headers {
                writer.beginObject()
                writer.member("name", header.name)
                writer.member("value", header.value)
                writer.endObject()
            }
            writer.endArray()
            writer.member("credential", webhook.credential)
            writer.member("timeout", webhook.timeout.nanoseconds)
        case .log:
            writer.member("target", "log")
        }
    }

    /// Reads the row that `row(at:wallTime:)` wrote.
    ///
    /// Its time went on running while it was stored: its end is the earlier of what `waited` leaves of
    /// it and of what the wall clock says, because either may have stood still.
    public init(
        row: [UInt8],
        at now: MonotonicInstant,
        wallTime: WallTime,
        waited: Interval
    ) throws(EffectRowError) {
        let record: EffectRecord
        do {
            record = try JSONDecoder().decode(EffectRecord.self, from: Data(row))
        } catch {
            throw EffectRowError(message: "the row is not an effect")
        }
        guard record.format == 1 else {
            throw EffectRowError(message: "the row has format \(record.format); 1 is known")
        }
        guard let decision = DecisionID(record.decision) else {
            throw EffectRowError(message: "the row's decision is not an id")
        }
        self.init(
            key: EffectKey(
                decision: decision,
                revision: record.revision,
                effect: record.effect
            ),
            target: try record.effectTarget(),
            device: record.device,
            contentType: record.contentType,
            body: record.text.map { Array($0.utf8) } ?? Array(record.bytes ?? Data()),
            notAfter: record.left(at: wallTime, waited: waited).map { now + $0 }
        )
    }
}

extension EffectRecord {
    /// What is left of its time; negative once it has passed.
    fileprivate func left(at wallTime: WallTime, waited: Interval) -> Interval? {
        let byWaiting = timeLeft.map { $0.subtractingReportingOverflow(max(0, waited.nanoseconds)) }
        let byWall = notAfterWall.map {
            $0.subtractingReportingOverflow(wallTime.nanoseconds)
        }
        let ends = [byWaiting, byWall].compactMap(\.self)
        // Only a damaged row overflows; it counts as passed.
        return ends.map { $0.overflow ? Int64(-1) : $0.partialValue }.min()
            .map { Interval(nanoseconds: $0) }
    }

    fileprivate func effectTarget() throws(EffectRowError) -> EffectTarget {
        switch target {
        case "publish":
            guard let topic, let qualityOfService, qualityOfService <= 2 else {
                throw EffectRowError(message: "the row's topic or quality of service is missing")
            }
            return .publish(
                topic: topic,
                qualityOfService: qualityOfService,
                isRetained: isRetained ?? false
            )
        case "webhook":
            guard let url else { throw EffectRowError(message: "the row's address is missing") }
            return .webhook(
                Webhook(
                    url: url,
                    headers: headers ?? [],
                    credential: credential,
                    timeout: timeout.map { Interval(nanoseconds: $0) } ?? .seconds(5)
                )
            )
        case "log": return .log
        default: throw EffectRowError(message: "the row's target is not known")
        }
    }
}
