// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

extension MQTTLink {
    /// What the owner of a link waits for.
    public enum Wait: Sendable {
        /// The answer to a subscription.
        case subscription
        /// The acknowledgement of a publication at QoS 1 or 2.
        case publication
    }

    /// Says that the broker has been sent something it must answer, and has not answered yet.
    ///
    /// May be called in every turn. Where nothing at all comes for too long, although everything has
    /// reached the broker's machine, `step` ends the connection.
    public func awaitsAnswer(to wait: Wait) {
        let question: AnswerWatch.Questions =
            switch wait {
            case .subscription: .subscription
            case .publication: .publication
            }
        answers.owes(question, at: MonotonicClock.now)
    }

    /// Asks a broker that has fallen silent whether it is there; for an owner that may write now.
    ///
    /// The question is to end a subscription that never was, which every broker must answer (MQTT 5.0
    /// section 3.10.4); the library sends PINGREQ only at times of its own. Asked once a silence: at
    /// most one small packet for each burst of messages.
    public func askWhereSilent() {
        let now = MonotonicClock.now
        guard isOpen, let connection, let time = answers.nextQuestion, now >= time else { return }
        guard (try? connection.unsubscribe(from: Self.question)) != nil else { return }
        _ = connection.writeOnce()
        answers.owes(.presence, at: now)
    }

    /// When the owner is to call `step` again although nothing has happened.
    ///
    /// `asks` says that it calls `askWhereSilent`.
    public func nextLook(asks: Bool) -> Int64? {
        guard isOpen else { return nil }
        guard asks, let question = answers.nextQuestion else { return answers.nextLook }
        return min(question, answers.nextLook ?? .max)
    }

    /// Why the connection is given up; nil where it is well.
    func silence(of connection: MQTTConnection, at now: Int64) -> MQTTFailure? {
        answers.heard(connection.heard, at: now)
        connection.heard = AnswerWatch.Heard()
        guard let look = answers.nextLook, now >= look, !connection.hasUnread else { return nil }
        guard answers.isStuck(at: now, isDelivered: connection.isDelivered) else { return nil }
        let place = "\(connection.options.host):\(connection.options.port)"
        let silence = MonotonicClock.words(answers.silence(at: now))
        return MQTTFailure(
            kind: .lost,
            message: "\(place) has all that was sent, and answers nothing for \(silence)",
            advice: "does the broker hang, or is something between damaging what is sent?"
        )
    }

    private static let question = "sluice/are-you-there"
}
