import MartletCore

/// A step that is to be looked at.
struct StepLook: Sendable {
    let step: Step
    let id: StepID
    var inputs: [String: InputContent]
    /// The content that its condition is in.
    let condition: Digest?
    /// The paths of the files and folders that this instance alone reads.
    var paths: [String: String] = [:]
    /// Why they cannot be read.
    var fault: StepFailure?

    init(_ step: Step, _ id: StepID, _ inputs: [String: InputContent], _ condition: Digest?) {
        (self.step, self.id, self.inputs, self.condition) = (step, id, inputs, condition)
    }

    var key: StepKey { StepKey(step: step, partition: id.partition, inputs: inputs) }

    /// Whether data of this instance may still come late; `nil` where the step is not fanned out by a range of time.
    var isLate: Bool? {
        guard !step.policy.late.isEmpty else { return nil }
        return step.policy.late.allSatisfy { key, values in id.partition.values[key].map(values.contains) ?? false }
    }
}

/// What is known of a step that was looked at.
struct PreparedStep: Sendable {
    enum Finding: Sendable {
        case fresh(StepExecution)
        case stale(reasons: [String])
        case skipped(String)
    }

    let key: StepKey
    let inputs: [String: InputContent]
    let finding: Finding
    /// The key's execution when it was looked at; `nil` where there was none.
    var known: StepExecution.Mark?
    /// What an attempt of which nobody heard may have made for this.
    var leftovers = LeftoverWindow.any
    /// The paths of the files and folders that this instance alone reads.
    var paths: [String: String] = [:]
}

extension PipelineRunner {
    /// Says of each step whether it is fresh, and if not why, in few reads of the records.
    func look(at looks: [StepLook], _ options: Options) async throws -> [(StepID, Result<PreparedStep, StepFailure>)] {
        var results: [StepID: Result<PreparedStep, StepFailure>] = [:]
        var keys: [StepID: StepKey] = [:]
        for look in looks {
            do {
                if let reason = try skipped(look) {
                    results[look.id] = .success(PreparedStep(key: look.key, inputs: look.inputs, finding: .skipped(reason)))
                } else {
                    try checkInputs(look)
                    keys[look.id] = look.key
                }
            } catch {
                results[look.id] = .failure(StepFailure(of: error))
            }
        }
        let found = try await records.executionsOrLast(keys.mapValues(\.digest))
        for look in looks {
            guard let key = keys[look.id] else { continue }
            results[look.id] = try await finding(look, key, found[look.id], options)
        }
        return looks.compactMap { look in results[look.id].map { (look.id, $0) } }
    }

    /// - Parameter found: the key's execution, or else the step's last.
    private func finding(
        _ look: StepLook, _ key: StepKey, _ found: StepExecution?, _ options: Options
    ) async throws -> Result<PreparedStep, StepFailure> {
        let isKnown = found?.key == key.digest
        if isKnown, let found, !options.forced.contains(look.step.name), isUsable(found, look, options) {
            return .success(PreparedStep(key: key, inputs: look.inputs, finding: .fresh(found)))
        }
        return try await staleness(look, key, known: isKnown ? found : nil, last: found, options)
    }

    private func staleness(
        _ look: StepLook, _ key: StepKey, known: StepExecution?, last: StepExecution?, _ options: Options
    ) async throws -> Result<PreparedStep, StepFailure> {
        if look.step.policy.isOnceOnly, let refusal = try await onceOnlyRefusal(look.id, key.digest) { return .failure(refusal) }
        let reasons = reasons(look, key, known: known, last: last, options)
        return .success(
            PreparedStep(
                key: key, inputs: look.inputs, finding: .stale(reasons: reasons), known: known?.mark,
                leftovers: leftovers(look, known, options), paths: look.paths))
    }

    private func skipped(_ look: StepLook) throws -> String? {
        guard let condition = look.step.condition else { return nil }
        guard let digest = look.condition else {
            throw StepFailure(.start, "step '\(look.id)' runs where '\(condition)' is true, and there is no such output")
        }
        guard let isTrue = try contents.json(digest).bool else {
            throw StepFailure(
                .start, "step '\(look.id)' runs where '\(condition)' is true: expected true or false in JSON, found \(digest.short)")
        }
        return isTrue ? nil : "'\(condition)' is false"
    }

    private func checkInputs(_ look: StepLook) throws {
        if let fault = look.fault { throw fault }
        for (name, input) in look.step.inputs.sorted(by: { $0.key < $1.key }) where look.inputs[name] == nil {
            guard case .output(let source, let output) = input else { continue }
            throw StepFailure(.start, "step '\(look.id)' reads '\(output)' of '\(source)', which made no such output")
        }
    }

    private func isUsable(_ execution: StepExecution, _ look: StepLook, _ options: Options) -> Bool {
        isCurrent(execution, look, options) && execution.outputs.values.allSatisfy(contents.contains)
    }

    private func isCurrent(_ execution: StepExecution, _ look: StepLook, _ options: Options) -> Bool {
        guard let lifetime = look.step.policy.lifetime, !options.ageless.contains(look.step.name) else { return true }
        guard let since = options.lateSince, let isLate = look.isLate else {
            // What always runs does so whatever the clock says, and what was made in the future tells of a clock that was set back.
            let age = clock.now - execution.finishedAt
            return lifetime > .zero && age >= .zero && age < lifetime
        }
        return !isLate || execution.startedAt >= since
    }

    /// What is not current on record must not come in as a leftover either.
    private func leftovers(_ look: StepLook, _ known: StepExecution?, _ options: Options) -> LeftoverWindow {
        guard !options.forced.contains(look.step.name) else { return .none }
        var window = LeftoverWindow.any
        // Its runner may have ended after it was on record and before it was forgotten.
        if let known { window.endedAfter = known.finishedAt }
        guard let lifetime = look.step.policy.lifetime, !options.ageless.contains(look.step.name) else { return window }
        if let since = options.lateSince, let isLate = look.isLate {
            if isLate { window.startedFrom = since }
            return window
        }
        let now = clock.now
        window.endedAfter = max(window.endedAfter, now - lifetime)
        window.endedUpTo = now
        return window
    }

    private func reasons(_ look: StepLook, _ key: StepKey, known: StepExecution?, last: StepExecution?, _ options: Options) -> [String] {
        if let known {
            if options.forced.contains(look.step.name) { return ["it was asked for"] }
            let lost = known.outputs.filter { !contents.contains($0.value) }.map(\.key).sorted()
            if !lost.isEmpty { return ["its outputs are gone: \(lost.joined(separator: ", "))"] }
            if options.lateSince != nil, look.isLate == true { return ["its data may have come late"] }
            return look.step.policy.lifetime == .zero
                ? ["it always runs"] : ["its outputs of \(known.finishedAt) have expired"]
        }
        guard let last else { return ["it was not made yet"] }
        return explainer(look.step.with(look.paths), key, last.keyParts)
    }
}

/// Reads what a dynamic fan-out is fanned out by.
package enum FanOutValues {
    /// The most values of a key.
    static let countMax = 100_000
    /// The longest value.
    static let valueBytesMax = 512

    /// Instances are named by their values, in logs, files and messages.
    package static func check(_ value: String, of key: String, _ step: String) throws {
        let isGood =
            !value.isEmpty && value.utf8.count <= valueBytesMax && value.utf8.allSatisfy { $0 >= 32 && $0 != 44 && $0 != 61 && $0 != 127 }
        guard isGood else {
            throw StepFailure(
                .start,
                "step '\(step)' is fanned out by '\(key)': expected values of 1 to \(valueBytesMax) bytes without ',' and '=', found "
                    + "'\(value.prefix(60))'")
        }
    }

    static func read(
        _ step: String, _ fanOuts: [(FanOut, Digest?)], _ contents: any StepContents, selection: [String: Set<String>]
    ) throws -> [String: [String]] {
        var values: [String: [String]] = [:]
        for (fanOut, digest) in fanOuts {
            switch fanOut.values {
            case .list(let list): values[fanOut.key] = list
            case .output(let name):
                guard let digest else {
                    throw StepFailure(.start, "step '\(step)' is fanned out by '\(name)', and there is no such output")
                }
                guard let list = try contents.json(digest).array, list.count <= countMax else {
                    throw StepFailure(
                        .start, "step '\(step)' is fanned out by '\(name)': expected a list in JSON of at most \(countMax) values")
                }
                values[fanOut.key] = try list.map { value in
                    guard let text = value.string ?? (value.isScalar ? value.canonicalText : nil) else {
                        throw StepFailure(
                            .start,
                            "step '\(step)' is fanned out by '\(name)': expected texts and numbers, found \(value.canonicalText.prefix(60))"
                        )
                    }
                    try check(text, of: fanOut.key, step)
                    return text
                }
                if let chosen = selection[fanOut.key] { values[fanOut.key]?.removeAll { !chosen.contains($0) } }
            }
        }
        return values
    }
}

extension JSONValue {
    fileprivate var isScalar: Bool {
        switch self {
        case .array, .object, .null: false
        default: true
        }
    }
}
