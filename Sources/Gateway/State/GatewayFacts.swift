// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Escalate
import Ingest
import Spool
import Vocabulary

/// What the gateway's state follows from, as it is at one moment.
struct GatewayFacts: Equatable {
    /// An input.
    struct Input: Equatable {
        var name: String
        var isConnected = true
        var pause: SettleFailure?
        /// True while it stays away from the broker by order.
        var isHeld = false
        /// How long it has not moved, where that is long.
        var stillness: LaneVigil.Stillness?

        /// True while the broker cannot be reached, though it is wanted.
        var isCutOff: Bool { !isConnected && pause == nil && !isHeld }
    }

    /// The spool and the disk under it.
    struct Storage: Equatable {
        /// How much of the room that rows of usual priority have is taken; 1 is full.
        var fill = 0.0
        /// Bytes the file may still grow by.
        var growth = 0
        /// Bytes free on the disk; nil where that cannot be told.
        var free: Int?
        /// How long the room lasts at the present rate; nil while it does not shrink.
        var headRoom: Interval?
        var isReadOnly = false
        /// True where what does not fit is refused and stays with the broker.
        var refuses = false
        /// Rows that left to make room, since the file was made.
        var dropped = 0
        /// For how long the disk has not answered; nil while nothing is asked of it.
        var wait: Interval?
        /// How far the salvage of a damaged file has come; nil while there is none.
        var salvaging: SalvageProgress?
        /// Why the last transaction was not stored.
        var failure: SpoolError?
    }

    /// An endpoint that can be reached and answers no question.
    struct Failing: Equatable {
        /// What its calls come to.
        var reason: String
        /// True when it does so for some of its models only.
        var isPartial = false
    }

    var endpoints: [String: Uplink] = [:]
    /// Those that answer no question, by name.
    var failing: [String: Failing] = [:]
    var inputs: [Input] = []
    /// True while actions can be published.
    var isPublishing = true
    var storage = Storage()
    /// Rows waiting, and the age of the oldest.
    var waiting = 0
    var oldest = Interval.zero
    /// Why an operator has paused the inputs; nil where none has.
    var orderedPause: String?
}

extension GatewayFacts {
    /// Whether one condition holds; between its two limits it stays as it was.
    enum Sign {
        case holds
        case undecided
        case doesNot
    }

    /// Room in hours and shares of the cap at which storage is called low, and at which no more.
    static let lowHours = (enter: 6.0, leave: 12.0)
    static let lowShare = (enter: 0.8, leave: 0.7)
    private static let fullShare = (enter: 0.99, leave: 0.95)

    /// Whether `state` holds; `dropped` is how many rows had left for room at the last look.
    func sign(of state: GatewayState, dropped: Int) -> Sign {
        switch state {
        case .healthy: .doesNot
        case .slowUplink: slowSign
        case .offline: offlineSign
        case .storageLow: lowSign
        case .storageFull: fullSign(dropped)
        case .paused: pauseSign
        case .readOnly: storage.isReadOnly ? .holds : .doesNot
        }
    }

    private var slowSign: Sign {
        let uplinks = endpoints.values
        if uplinks.contains(.slow) { return .holds }
        if failing.values.contains(where: \.isPartial) { return .holds }
        if !failing.isEmpty, endpoints.keys.contains(where: { !isMute($0) }) { return .holds }
        let isPartly = uplinks.contains(.offline) && !uplinks.allSatisfy { $0 == .offline }
        if isPartly { return .holds }
        return uplinks.contains(.probing) ? .undecided : .doesNot
    }

    private var offlineSign: Sign {
        if !isPublishing || inputs.contains(where: \.isCutOff) {
            return .holds
        }
        guard !endpoints.isEmpty else { return .doesNot }
        if endpoints.keys.allSatisfy(isMute) { return .holds }
        let isUnknown = endpoints.values.allSatisfy { $0 == .offline || $0 == .probing }
        return isUnknown ? .undecided : .doesNot
    }

    /// True for an endpoint that answers nothing, because it is away or because it fails.
    func isMute(_ endpoint: String) -> Bool {
        endpoints[endpoint] == .offline || failing[endpoint]?.isPartial == false
    }

    private var lowSign: Sign {
        let share = storage.fill
        let hours = storage.headRoom.map { $0.seconds / 3_600 } ?? .infinity
        // A disk that cannot hold the tenth of what the cap promises yet.
        let needed = max(16 << 20, storage.growth / 10)
        let free = storage.free ?? .max
        if share >= Self.lowShare.enter || hours <= Self.lowHours.enter || free < needed {
            return .holds
        }
        let isCalm =
            share < Self.lowShare.leave && hours > Self.lowHours.leave && free > needed * 2
        return isCalm ? .doesNot : .undecided
    }

    private func fullSign(_ dropped: Int) -> Sign {
        if storage.failure?.isFull == true || storage.dropped > dropped { return .holds }
        if inputs.contains(where: { $0.pause?.kind == .storageFull }) { return .holds }
        if storage.fill >= Self.fullShare.enter { return .holds }
        return storage.fill < Self.fullShare.leave ? .doesNot : .undecided
    }

    private var pauseSign: Sign {
        if orderedPause != nil || storage.isSilent { return .holds }
        if inputs.contains(where: { $0.stillness != nil }) { return .holds }
        if inputs.contains(where: { $0.pause?.kind == .storageBroken }) { return .holds }
        // A full disk is a state of its own.
        guard let failure = storage.failure, !failure.isFull else { return .doesNot }
        return .holds
    }
}

extension GatewayFacts.Storage {
    /// True when the disk has not answered for so long that it is told of.
    var isSilent: Bool { salvaging != nil || wait.map { $0 >= LaneVigil.slowDisk } ?? false }
}
