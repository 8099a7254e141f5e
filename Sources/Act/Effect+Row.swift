// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
public import Vocabulary

/// An effect as a row of the spool holds it: JSON, readable with SQLite's own shell.
///
/// An instant of the monotonic clock means nothing after a reboot, so `notAfter` is kept as the time
/// that was left when the row was written.
private struct EffectRecord: Codable {
    var format = 1
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
    /// Nanoseconds left.
    var timeLeft: Int64?
}

/// A spool row that holds no effect.
public struct EffectRowError: Error, Hashable, Sendable {
    /// What is wrong with it.
    public var message: String
}

extension Effect {
    /// The body of the effect's row in the spool, written at `now`.
    public func row(at now: MonotonicInstant) throws(EffectRowError) -> [UInt8] {
        let text = String(validating: body, as: UTF8.self)
        var record = EffectRecord(
            decision: key.decision.description,
            revision: key.revision,
            effect: key.effect,
            device: device,
            target: "log",
            contentType: contentType,
            text: text,
            bytes: text == nil ? Data(body) : nil,
            timeLeft: notAfter.map { ($0 - now).nanoseconds }
        )
        switch target {
        case .publish(let topic, let qualityOfService, let isRetained):
            record.target = "publish"
            record.topic = topic
            record.qualityOfService = qualityOfService
            record.isRetained = isRetained
        case .webhook(let webhook):
            record.target = "webhook"
            record.url = webhook.url
            record.headers = webhook.headers
            record.credential = webhook.credential
            record.timeout = webhook.timeout.nanoseconds
        case .log: break
        }
        do {
            return Array(try JSONEncoder().encode(record))
        } catch {
            throw EffectRowError(message: "the effect cannot be written as JSON")
        }
    }

    /// Reads the row that `row(at:)` wrote; what is left of its time starts to run at `now`.
    public init(row: [UInt8], at now: MonotonicInstant) throws(EffectRowError) {
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
            notAfter: record.timeLeft.map { now + Interval(nanoseconds: $0) }
        )
    }
}

extension EffectRecord {
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
