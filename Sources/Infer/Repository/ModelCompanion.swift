// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

/// Another version of a model that runs for some of the same readings.
public final class ModelCompanion: Sendable {
    /// The version, bound to the same policy's readings.
    public let handle: ModelHandle
    /// The part of the devices it speaks for; 0 for one that only runs beside.
    public let share: Double

    init(_ handle: ModelHandle, share: Double = 0) {
        self.handle = handle
        self.share = share
    }
}

extension ModelHandle {
    /// The version that speaks for `device` where `lot` draws; this one without a canary or a lot.
    ///
    /// The same for a device every time: see `CanaryLot`.
    public func speaking(for device: String, lot: CanaryLot?) -> ModelHandle {
        guard let canary, let lot else { return self }
        let place = lot.salted(with: canary.handle.reference.description).place(of: device)
        return place < canary.share ? canary.handle : self
    }

    /// The same without a canary.
    var alone: ModelHandle {
        var alone = self
        alone.canary = nil
        return alone
    }
}

/// Requests with those of a canary's devices apart, and the way back.
struct CanaryDivision {
    /// The requests, each for one version; in the order of those that were given.
    private(set) var requests: [InferenceRequest] = []
    private var origins: [(request: Int, rows: [Int])] = []
    private let originals: [InferenceRequest]

    /// Divides `originals`; nil where none of their models has a canary.
    ///
    /// Rows that were prepared were prepared for the version that speaks for their device.
    init?(of originals: [InferenceRequest], lot: CanaryLot) {
        guard originals.contains(where: { $0.model.canary != nil }) else { return nil }
        self.originals = originals
        for (index, request) in originals.enumerated() {
            guard let canary = request.model.canary, let devices = request.devicesOfRows else {
                let places = Array(0..<request.rows.count)
                add(request.part(places, for: request.model), index, places)
                continue
            }
            let lot = lot.salted(with: canary.handle.reference.description)
            let isDrawn = devices.map { lot.place(of: $0) < canary.share }
            for (handle, wanted) in [(request.model.alone, false), (canary.handle, true)] {
                let places = isDrawn.indices.filter { isDrawn[$0] == wanted }
                guard !places.isEmpty else { continue }
                add(request.part(places, for: handle), index, places)
            }
        }
    }

    private mutating func add(_ request: InferenceRequest, _ index: Int, _ places: [Int]) {
        requests.append(request)
        origins.append((index, places))
    }

    /// Where a place among `requests` was among those that were given.
    func origin(_ place: ModelRun.Place) -> ModelRun.Place {
        let origin = origins[place.request]
        return .init(request: origin.request, row: origin.rows[place.row])
    }

    /// Takes what was found for `requests` to those that were given.
    func join() {
        for request in originals { request.begin() }
        for (origin, request) in zip(origins, requests) {
            originals[origin.request].put(request.findings, at: origin.rows)
        }
        for request in originals { request.end() }
    }
}

extension InferenceRequest {
    /// The device of each row; nil where nobody says.
    fileprivate var devicesOfRows: [String]? {
        switch rows {
        case .readings(let readings, let rows): rows.map { readings.rows[$0].device }
        case .prepared(let rows): devices.count == rows.count ? devices : nil
        }
    }

    /// The rows at `places`, asked of `handle`.
    fileprivate func part(_ places: [Int], for handle: ModelHandle) -> InferenceRequest {
        let part: Rows =
            switch rows {
            case .readings(let readings, let rows):
                .readings(readings, rows: places.map { rows[$0] })
            case .prepared(let rows): .prepared(places.map { rows[$0] })
            }
        return InferenceRequest(
            model: handle,
            rows: part,
            due: due.isEmpty ? [] : places.map { due[$0] }
        )
    }
}
