// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import Decide
public import Vocabulary

/// What would become of one reading, and why.
public struct RehearsedReading: Sendable {
    /// Its place among the readings of its message.
    public var index: Int
    /// The device it is about.
    public var device: String
    /// The device's own time, or the time of arrival.
    public var time: WallTime
    /// The device's own counter, where it sent one.
    public var sequence: Int64?
    /// Its fields by name, in the policy's order.
    public var fields: [(name: String, value: RecordedValue)]
    /// What the models said, in the order of the stages; empty without a model.
    ///
    /// The rules see the last.
    public var findings: [Finding]
    /// The rule that held.
    public var ruling: Ruling
    /// The conditions that could not be evaluated.
    public var failures: [ConditionFailure]
    /// The variables that the conditions tried have read, with their values as CEL writes them.
    public var observed: [(variable: String, value: String)]
    /// The conditions of the stages that answered and have one; empty unless `Rehearsal.explains`.
    public var stageConditions: [ConditionReport] = []
    /// The rules up to the one that held, and the one after it; empty unless `Rehearsal.explains`.
    public var conditions: [ConditionReport] = []
    /// What is said and done about it, first word first; empty while an answer is waited for.
    public var words: [RehearsedWord]
    /// What would leave the site.
    public var sends: RehearsedSending

    /// The finding that the rules saw.
    public var finding: Finding? { findings.last }
    /// Everything that is done, in order.
    public var actions: [RehearsedAction] { words.flatMap(\.actions) }
    /// The label that the last word is about; the local one while there is no word.
    public var label: String? { words.last?.label ?? finding?.classification?.label }
}

/// One word on a decision: the first, or a later one that confirms or corrects it.
public struct RehearsedWord: Sendable {
    /// 0 for the first.
    public var revision: Int
    /// How final it is.
    public var standing: Decision.Standing
    /// The label it is about.
    public var label: String?
    /// The confidence that goes with the label.
    public var confidence: Double?
    /// What is done with it; `hold` is not simulated.
    public var actions: [RehearsedAction]
}

/// One action with its places filled in.
public struct RehearsedAction: Sendable {
    /// Where an action goes.
    public enum Target: Equatable, Sendable {
        /// To a topic of the site's broker.
        case publish(topic: String, isRetained: Bool)
        /// To a web server.
        case webhook(url: String)
        /// To the gateway's own log.
        case log
        /// Nowhere: the text says why it cannot be done.
        case fault(String)
    }

    /// The action's name.
    public var name: String
    /// Where it goes.
    public var target: Target
    /// The media type of `body`.
    public var contentType: String
    /// What is sent; empty for a fault.
    public var body: [UInt8]

    /// The topic it publishes to; nil when it does not publish.
    public var topic: String? {
        guard case .publish(let topic, _) = target else { return nil }
        return topic
    }
}

/// What would leave the site about a reading.
public struct RehearsedSending: Equatable, Sendable {
    /// The tensors that the cloud's model is sent; empty where it is not asked.
    public var tensors: [String]
    /// The fields that tensors and web requests are made of, in the policy's order.
    public var fields: [String]
    /// Why the cloud cannot be asked, where that is so.
    public var fault: String?
}
