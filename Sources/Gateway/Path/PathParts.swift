// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Act
import Escalate
import Infer
import Logging
import Spool
import Vocabulary

/// What all lanes, the workers and the concluder share.
struct PathParts: Sendable {
    var site: String
    var key: SiteKey
    /// A number no other run of the process has.
    var run: UInt64
    var board: PolicyBoard
    var spool: SpoolStore
    var act: Act
    var escalate: Escalate
    var concluder: Concluder
    var effects: EffectWriter
    var trail: DecisionTrail
    var recorder: TraceRecorder
    var drainBell = DrainBell()
    var workSignal = WorkSignal()
    var meters = RunMeters()
    var bounds = BoundBoard()
    var versions = VersionWatch()
    var shadows: ShadowWorker?
    var time: any TimeSource
    var logger: Logger
    /// Where lanes keep what windows and detectors know; nil to keep nothing.
    var stateFolder: String?
    var states = StateBoard()
    /// Chooses what is traced; nil while nothing is exported.
    var tracer: SpanTracer?
    var gaps = GapBoard()

    /// The models in force.
    var engine: CoreEngine? { board.edition.engine }
    /// What chooses the devices that canaries speak for.
    var lot: CanaryLot { key.lot }
}
