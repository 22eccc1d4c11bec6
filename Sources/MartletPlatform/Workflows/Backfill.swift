package import MartletCore
package import MartletPipeline

/// What is to be made again, or for the first time, of a range of time.
package struct Backfill: Sendable, Equatable {
    /// The steps that are run, with all that they need.
    package let steps: [String]
    /// The step that was asked for where it joins those, and would make something else of some.
    package let joining: String?
    /// The key by which they are fanned out.
    package let key: String
    /// The values of the key, the earliest first.
    package let values: [String]

    /// Finds the key of a step that is a range of time, and the partitions that are asked for.
    ///
    /// Where the step has no such key, the nearest of those that it needs which have one are taken in its place.
    /// - Parameters:
    ///   - key: which key, where there are several.
    ///   - bounds: the first and the last partition's keys; `nil` for those of the range.
    /// - Throws: `notFound`, `invalidInput`.
    package init(
        _ step: String, of project: Project, in graph: StepGraph, key: String? = nil, from start: String? = nil, to end: String? = nil,
        now: Timestamp
    ) throws {
        // Throws for a step that is not there.
        let needed = try graph.restricted(to: [step])
        let ranges = project.steps.mapValues(\.ranges)
        let nearest = Self.nearest(to: step, in: needed) { name in !(ranges[name] ?? [:]).filter { key == nil || $0.key == key }.isEmpty }
        let keys = Set(nearest.flatMap { (ranges[$0] ?? [:]).keys }).filter { key == nil || $0 == key }.sorted()
        guard let found = keys.first else {
            let what = key.map { "a range of time called '\($0)'" } ?? "a range of time"
            throw MartletError(
                .invalidInput,
                "neither step '\(step)' nor any that it needs is fanned out by \(what); see 'each' of the step, and 'martlet run' for "
                    + "others")
        }
        guard keys.count == 1 else {
            throw MartletError(
                .invalidInput, "step '\(step)' is fanned out by \(keys.joined(separator: ", ")); say which is meant with --key")
        }
        guard let range = nearest.compactMap({ ranges[$0]?[found] }).first else { preconditionFailure("the key came from a range") }
        self.key = found
        steps = nearest
        joining = nearest == [step] ? nil : step
        values = try range.selection("\(start ?? "")..\(end ?? "")", now: now).map(\.key)
    }

    /// The steps that are what is sought, each the first on its way back from a step.
    private static func nearest(to step: String, in graph: StepGraph, _ isSought: (String) -> Bool) -> [String] {
        var seen: Set<String> = [step]
        var rest = [step]
        var found: [String] = []
        while let name = rest.popLast() {
            if isSought(name) {
                found.append(name)
            } else {
                rest += (graph[name]?.sources ?? []).filter { seen.insert($0).inserted }
            }
        }
        return found.sorted()
    }

    /// What is run. - Parameter isForced: whether the steps run although they are fresh; what they need does not.
    package func request(isForced: Bool) -> RunRequest {
        var request = RunRequest(steps, cause: RunCause(.backfill))
        request.selection = [key: Set(values)]
        if isForced { request.forced = steps }
        return request
    }
}

extension StepSpecification {
    /// The keys that are ranges of time.
    fileprivate var ranges: [String: PartitionRange] {
        each.reduce(into: [:]) { ranges, each in if case .range(let range) = each.values { ranges[each.key] = range } }
    }
}
