// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Act
import Crypto
import Decide
import Escalate
import HTTP
import Ingest
public import Logging
import MQTT
public import ServiceLifecycle
import Settings
public import Spool
import Sync
import Synchronization
public import Systemd
public import Telemetry
import Vocabulary

/// The running gateway: opens what it needs, starts the stages in order and stops them in order.
///
/// What a crash or kill -9 costs is written at `SpoolStore` and `Lane`: nothing that was acknowledged.
public final class Gateway: Service {
    /// What it was started with.
    public let site: CheckedSite
    /// The spool; commands that look at it or change it go through the control server.
    public let spool: SpoolStore
    /// Every metric of the process.
    public let metrics: MetricsRegistry
    /// Decisions as they happen, for whoever looks on.
    public let decisions = DecisionFeed()
    let parts: PathParts
    let publisher: MQTTPublisher
    let lanes: [Lane]
    let drain: Drain
    let started: MonotonicInstant
    let logWriter: LogWriter?
    var decisionLog: DecisionLog? { logWriter?.log }
    /// What is known of the decision log's losses.
    let leftOut = Mutex(LeftOutLines())
    let uplinks: UplinkBoard
    let canaries: CanaryBook
    let steward = ModelSteward()
    let watch: StateWatch
    let service: ServiceSocket?
    let credentials: CredentialWatch
    let refusal = RefusalBoard()
    let pauses: PauseDesk
    /// Sends traces and metrics away; nil where nothing is exported.
    let exporter: OTLPExporter?
    /// Held while policies and models are read again: one renewal after the other.
    let renewing = Mutex<Void>(())
    private let http: HTTPClient
    let logger: Logger

    /// Opens the spool and makes the stages; nothing is read or sent before `run`.
    ///
    /// Throws a `SpoolError` or an `HTTPError` with what to do about it.
    /// `service` is the service manager's socket, where one has started this process.
    public init(
        site: CheckedSite,
        metrics: MetricsRegistry,
        logger: Logger,
        service: ServiceSocket? = nil
    ) throws {
        self.service = service
        credentials = CredentialWatch(logger: logger)
        self.site = site
        self.metrics = metrics
        self.logger = logger
        let configuration = site.configuration
        let time = SystemTime()
        started = time.now
        watch = StateWatch(time: time, metrics: metrics, logger: logger)
        spool = try SpoolStore.open(
            path: configuration.spoolPath,
            options: configuration.spool,
            time: time,
            logger: logger
        )
        pauses = try PauseDesk(spool)
        http = try HTTPClient()
        publisher = try Self.publisher(configuration, logger: logger)
        let uplinks = UplinkBoard()
        self.uplinks = uplinks
        let escalate = Escalate(
            endpoints: configuration.endpoints.values.flatMap { endpoint in
                endpoint.models.values.map(\.options)
            },
            http: http,
            time: time,
            logger: logger,
            budgetStore: try SpoolBudgets(spool),
            onUplinkChange: { new, _ in uplinks.changed(to: new) },
            onRecovery: { uplinks.recovered($0) }
        )
        let board = PolicyBoard(
            digest: site.digest,
            policies: site.policies,
            models: site.models
        )
        let act = Act(
            publisher: publisher,
            http: http,
            time: time,
            logger: logger,
            options: ActOptions(credential: { Self.credential($0, board) })
        )
        logWriter = configuration.decisionLog.map {
            LogWriter(path: $0, sizeLimit: configuration.decisionLogSize)
        }
        let key = try Self.siteKey(spool)
        let recorder = TraceRecorder(
            site: configuration.site,
            program: Self.programVersion,
            key: key,
            time: time,
            logger: logger
        )
        let trail = DecisionTrail(
            log: logWriter?.log,
            sampling: configuration.decisionLogSampling,
            recorder: recorder,
            feed: decisions,
            time: time,
            logger: logger
        )
        let writer = EffectWriter(
            site: configuration.site,
            verdictTopic: configuration.verdictTopic,
            time: time,
            pseudonym: { key.pseudonym($0) }
        )
        let bounds = try BoundBoard(
            from: spool,
            policies: Set(site.policies.map(\.policy.name))
        )
        let versions = VersionWatch()
        let gauge = LiveGauge(time: time)
        canaries = try CanaryBook(from: spool)
        let concluder = Concluder(
            spool: spool,
            act: act,
            writer: writer,
            trail: trail,
            board: board,
            bounds: bounds,
            versions: versions,
            gauge: gauge,
            time: time
        )
        let parts = PathParts(
            site: configuration.site,
            key: key,
            run: UInt64.random(in: 0 ... .max),
            board: board,
            spool: spool,
            act: act,
            escalate: escalate,
            concluder: concluder,
            effects: writer,
            trail: trail,
            recorder: recorder,
            meters: RunMeters(factory: metrics),
            bounds: bounds,
            versions: versions,
            shadows: ShadowWorker(watch: versions, time: time, lot: key.lot),
            time: time,
            logger: logger,
            stateFolder: configuration.spoolPath + ".state",
            tracer: SpanTracer(configuration.telemetry, key: key, time: time)
        )
        self.parts = parts
        exporter = Self.exporter(configuration, parts)
        drain = Drain(
            spool: spool,
            escalate: escalate,
            act: act,
            desk: CaseDesk(
                concluder: concluder,
                board: board,
                time: time,
                trail: trail,
                key: parts.key,
                bounds: parts.bounds
            ),
            options: DrainOptions(
                batch: configuration.drainBatch,
                batchesInFlight: configuration.drainInFlight,
                bytesPerSecond: configuration.drainRate,
                auditsPerHour: configuration.auditsPerHour,
                followsUncleanExit: spool.wasUncleanExit
            ),
            time: time,
            gauge: gauge,
            sinks: try Self.sinks(configuration, http, time),
            logger: logger
        )
        lanes = try LaneMaker(configuration: configuration, parts: parts, logger: logger).lanes()
        let drain = drain
        uplinks.onChange { drain.hope() }
        uplinks.onRecovery { drain.recovered($0) }
        parts.drainBell.answers { drain.wake() }
    }

    /// Runs until the service group shuts down; then settles, hands leases back and returns, in 10 s at most.
    public func run() async throws {
        startConfiguredRecording()
        publisher.start()
        parts.escalate.start()
        let worker = WorkerPool(parts: parts, logger: logger).start()
        let shadows = parts.shadows?.start()
        let logging = logWriter?.start()
        let housekeeping = Task { await Housekeeping(gateway: self).run() }
        let sorting = Task { [self] in await sortParked(afterStart: true) }
        let draining = Task { [self] in
            await Resumption(
                spool: spool,
                concluder: parts.concluder,
                board: parts.board,
                logger: logger
            ).run()
            await drain.run()
        }
        keepPause()
        await startLanes()
        let watching = startWatching()
        let exporting = startExporting()
        logger.info(
            "started",
            metadata: [
                "site": "\(parts.site)", "lanes": "\(lanes.count)",
                "policies": "\(site.policies.count)", "clean_start": "\(!spool.wasUncleanExit)",
            ]
        )
        try? await gracefulShutdown()
        logger.info("stopping")
        watching.requestStop()
        service?.send([.stopping, .status("settling what is open")])
        draining.cancel()
        sorting.cancel()
        shadows?.requestStop()
        canaries.write(seen: seenVersions, parts.engine)
        let thread = OwnThread { [self] _ in stop(worker) }
        while !thread.hasEnded { try? await Task.sleep(for: .milliseconds(5)) }
        exporting?.cancel()
        await exporting?.value
        logging?.requestStop()
        housekeeping.cancel()
        await housekeeping.value
        logger.info("stopped")
    }

    private func startLanes() async {
        for lane in lanes {
            while !lane.start(), !Task.isShuttingDownGracefully {
                try? await cancelWhenGracefulShutdown { try await Task.sleep(for: .seconds(1)) }
            }
        }
    }

    /// Tries now whatever waits in the spool for its next try.
    public func drainNow() {
        drain.tryNow()
    }

    /// Has a look at rows that were dead letters.
    public func requeued() {
        parts.workSignal.ring()
        drain.wake()
    }

    /// In the order of the path: no more messages, no more questions, last words out, the file closed.
    private func stop(_ worker: OwnThread) {
        for lane in lanes { lane.requestStop() }
        let deadline = parts.time.now + .seconds(4)
        for lane in lanes {
            _ = lane.waitUntilStopped(within: deadline - parts.time.now)
        }
        worker.requestStop()
        parts.escalate.stop()
        // What was asked has its answer or its fallback now; a word that is out and not yet noted would
        // be said again by the next run.
        wait(atMost: .seconds(2)) {
            worker.hasEnded && parts.concluder.underWay == 0 && !drain.isBusy
        }
        parts.act.stop()
        drain.stopSinks()
        publisher.stop(within: 1.5)
        http.shutdown()
        wait(atMost: .seconds(1)) {
            worker.hasEnded && parts.concluder.underWay == 0 && !drain.isBusy
                && parts.act.underWay == 0
        }
        decisionLog?.flush()
        _ = parts.recorder.stop()
        do throws(SpoolError) {
            try spool.close()
        } catch {
            logger.error("the spool could not be closed", metadata: ["error": "\(error)"])
        }
    }

    private func wait(atMost limit: Interval, for condition: () -> Bool) {
        let end = parts.time.now + limit
        while !condition(), parts.time.now < end { Self.pause() }
    }

    private static func siteKey(_ spool: SpoolStore) throws(SpoolError) -> SiteKey {
        if let bytes = try spool.meta(SiteKey.metaName) { return SiteKey(bytes: bytes) }
        let bytes = SiteKey.freshBytes()
        var change = SpoolChange()
        change.meta.append(.init(key: SiteKey.metaName, value: bytes))
        try spool.commit(change)
        return SiteKey(bytes: bytes)
    }

    private static func sinks(
        _ configuration: GatewayConfiguration,
        _ http: HTTPClient,
        _ time: any TimeSource
    ) throws -> [String: any Sync.Sink] {
        try configuration.sinks.mapValues { sink in
            try sink.made(site: configuration.site, http: http, time: time)
        }
    }

    private static func credential(_ name: String, _ board: PolicyBoard) -> String? {
        let parts = name.split(separator: "/", maxSplits: 1).map(String.init)
        guard parts.count == 2,
            let bound = board.edition.policies.first(where: { $0.policy.name == parts[0] }),
            let action = bound.policy.actions.first(where: { $0.name == parts[1] })
        else { return nil }
        guard case .webhook(let webhook) = action.target else { return nil }
        return try? webhook.bearer?.read()
    }
}
