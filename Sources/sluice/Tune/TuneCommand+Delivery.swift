// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Decide
import Settings
import Tune
import Vocabulary

extension TuneCommand {
    /// What is asked for, with `costs` where a risk is bounded.
    func request(costs: TuneRequest.Costs?) throws -> TuneRequest {
        TuneRequest(
            disagreement: try share(maxDisagreement, "--max-disagreement"),
            risk: maxRisk,
            costs: costs,
            escalation: try share(maxEscalation, "--max-escalation"),
            certainty: try share(certainty, "--certainty") ?? 0.95,
            method: try score(),
            window: try block.map { text in
                guard let window = Quantity.interval(text), window.nanoseconds > 0 else {
                    throw ValidationError("--block wants a duration with a unit, such as 10m.")
                }
                return window
            },
            isIndependent: independent
        )
    }

    /// The same where the options were found good.
    func bounds(_ costs: TuneRequest.Costs?) throws(TuneRefusal) -> TuneRequest {
        do {
            return try request(costs: costs)
        } catch {
            throw TuneRefusal(.request, "\(error)", advice: "see `sluice help tune`")
        }
    }

    private func score() throws -> TuneRequest.Method {
        guard let score = TuneRequest.Method(rawValue: method) else {
            let known = TuneRequest.Method.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("--method is one of \(known).")
        }
        return score
    }

    private func share(_ text: String?, _ option: String) throws -> Double? {
        guard let text else { return nil }
        guard let share = Quantity.fraction(text), share >= 0, share <= 1 else {
            throw ValidationError("\(option) wants a share, such as 2% or 0.02.")
        }
        return share
    }

    /// The costs of the option, or of the policy, with labels as indices.
    func prices(
        _ subject: TuneSubject?,
        labels: [String]
    ) throws(TuneRefusal) -> TuneRequest.Costs? {
        guard maxRisk != nil else { return nil }
        if let costs { return try Self.prices(costs, labels: labels) }
        guard let costs = subject?.policy.costs else {
            throw TuneRefusal(
                .request,
                "a bound on risk needs to know what errors cost",
                advice: "give `costs:` in the policy, or --costs"
            )
        }
        return TuneRequest.Costs(
            alarm: Set(costs.alarm.compactMap { labels.firstIndex(of: $0) }),
            miss: costs.miss,
            falseAlarm: costs.falseAlarm,
            escalation: costs.escalation
        )
    }

    static func prices(
        _ text: String,
        labels: [String]
    ) throws(TuneRefusal) -> TuneRequest.Costs {
        var costs = TuneRequest.Costs(alarm: [], miss: 0, falseAlarm: 0, escalation: -1)
        var isKnown = true
        for part in text.split(separator: ",") {
            let halves = part.split(separator: "=", maxSplits: 1).map(String.init)
            let value = halves.count == 2 ? halves[1] : ""
            let number = Quantity.number(value) ?? -1
            switch halves.first {
            case "alarm":
                for name in value.split(separator: "+").map(String.init) {
                    if let index = Int(name) ?? labels.firstIndex(of: name) {
                        costs.alarm.insert(index)
                    } else {
                        isKnown = false
                    }
                }
            case "miss": costs.miss = number
            case "false_alarm": costs.falseAlarm = number
            case "escalation": costs.escalation = number
            default: costs.escalation = -1
            }
        }
        guard isKnown, !costs.alarm.isEmpty, costs.miss > 0, costs.falseAlarm > 0,
            costs.escalation >= 0
        else {
            throw TuneRefusal(
                .request,
                "--costs `\(text)` cannot be read",
                advice: "write alarm=2,miss=100,false_alarm=1,escalation=0.02; alarms joined by +"
            )
        }
        return costs
    }

    /// Writes and prints what was tuned.
    func deliver(_ result: TuneResult, _ others: TuneDecisions?) throws {
        // Made before anything is written: it is the difference to what is there now.
        let change = result.change()
        let shown = change?.diff ?? result.snippet
        do throws(TuneOutput.Failure) {
            if let others, let decisions {
                try TuneOutput.write(others.lines(by: result), to: decisions)
            }
            if let plot { try TuneOutput.write(TunePlot.svg(result.tuning), to: plot) }
            if let patch, let change { try TuneOutput.write(change.diff, to: patch) }
            if write, let change { try change.apply() }
        } catch {
            Console.complain(error.message)
            throw ExitCode.failure
        }
        print(json ? result.json : result.text)
        if !json {
            print("\n" + shown, terminator: "")
            if write { print("\nWritten.") }
        }
    }

    /// Fits the calibration alone, writes it and prints it.
    func fit(_ material: TuneMaterial, _ subject: TuneSubject?) throws {
        let result: FittingResult
        do throws(TuneRefusal) {
            if let refusal = material.refusal { throw refusal }
            let method = TuneRequest.Method(rawValue: method) ?? .auto
            let fitting = try Tuner.fit(material.samples, method: method)
            result = FittingResult(fitting, material: material, subject: subject)
        } catch {
            try refuse(error, material, nil)
        }
        let change = result.change()
        if change == nil, write || patch != nil {
            Console.complain("error: the model that was recorded is not in the repository")
            throw ExitCode.failure
        }
        do throws(TuneOutput.Failure) {
            if let patch, let change { try TuneOutput.write(change.diff, to: patch) }
            if write, let change { try change.apply() }
        } catch {
            Console.complain(error.message)
            throw ExitCode.failure
        }
        print(json ? result.json : result.text)
        guard !json else { return }
        print("\n" + (change?.diff ?? result.calibration(model: nil).yaml()), terminator: "")
        if write { print("\nWritten.") }
    }

    /// Says why there is no threshold, and lets nothing count as sure.
    func refuse(
        _ refusal: TuneRefusal,
        _ material: TuneMaterial,
        _ others: TuneDecisions?
    ) throws -> Never {
        if let others, let decisions {
            do throws(TuneOutput.Failure) {
                try TuneOutput.write(others.linesEscalatingAll(), to: decisions)
            } catch {
                Console.complain(error.message)
            }
        }
        if json { print(TuneText.json(refusal, material)) }
        Console.complain("refused: " + refusal.message)
        Console.complain("  " + refusal.advice)
        if let wait = material.wait(for: refusal.rowsNeeded) { Console.complain("  " + wait) }
        throw refusal.reason == .request ? ExitCode.validationFailure : Self.refused
    }
}
