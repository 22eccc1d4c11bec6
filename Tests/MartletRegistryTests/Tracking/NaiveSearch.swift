import MartletRegistry

/// A search of runs in memory, without any thought of cost.
struct NaiveSearch {
    let runs: [TrackedRun]

    func found(_ filter: SearchFilter, _ orders: [SearchOrder], experiments: Set<Int64>, view: StageView) -> [TrackedRun] {
        let stages: [LifecycleStage] = view == .activeOnly ? [.active] : view == .deletedOnly ? [.deleted] : [.active, .deleted]
        return runs.filter { run in
            experiments.contains(run.info.experiment) && stages.contains(run.info.stage)
                && filter.comparisons.allSatisfy { Self.holds($0, run) }
        }.sorted { left, right in
            for order in orders {
                let (a, b) = (Self.rank(order, left), Self.rank(order, right))
                if a != b { return Rank.isBefore(a, b, isAscending: order.isAscending) }
            }
            return false
        }
    }

    // MARK: Filters

    private static func holds(_ comparison: SearchComparison, _ run: TrackedRun) -> Bool {
        switch comparison.entity {
        case .metric:
            guard let value = run.metrics.first(where: { $0.key == comparison.key })?.value else { return false }
            guard !value.isNaN else { return comparison.comparator == .notEqual }
            return holds(comparison, value)
        case .parameter: return holds(comparison, run.parameters.first { $0.key == comparison.key }?.value)
        case .tag: return holds(comparison, run.tags.first { $0.key == comparison.key }?.value)
        case .dataset: return run.datasets.contains { holds(comparison, datasetValue(comparison.key, $0)) }
        default: return holds(attribute: comparison, run)
        }
    }

    private static func datasetValue(_ key: String, _ input: DatasetInput) -> String? {
        switch key {
        case "name": input.name
        case "digest": input.digest
        default: input.tags.first { $0.key == "mlflow.data.context" }?.value
        }
    }

    private static func holds(attribute comparison: SearchComparison, _ run: TrackedRun) -> Bool {
        switch comparison.key {
        case "start_time": return holds(comparison, Double(run.info.startedAt))
        case "end_time": return run.info.endedAt.map { holds(comparison, Double($0)) } ?? false
        case "run_id": return holds(comparison, run.info.id)
        case "run_name": return holds(comparison, run.tags.first { $0.key == "mlflow.runName" }?.value)
        case "status": return holds(comparison, run.info.status.name)
        case "user_id": return holds(comparison, run.info.user)
        default: return holds(comparison, run.info.artifactURI)
        }
    }

    private static func holds(_ comparison: SearchComparison, _ value: Double) -> Bool {
        let other: Double
        switch comparison.value {
        case .integer(let integer): other = Double(integer)
        case .number(let number): other = number
        default: return false
        }
        switch comparison.comparator {
        case .equal: return value == other
        case .notEqual: return value != other
        case .less: return value < other
        case .lessOrEqual: return value <= other
        case .greater: return value > other
        default: return value >= other
        }
    }

    private static func holds(_ comparison: SearchComparison, _ value: String?) -> Bool {
        guard let value else { return comparison.comparator == .isNull }
        switch (comparison.comparator, comparison.value) {
        case (.isNotNull, _): return true
        case (.equal, .text(let text)): return value == text
        case (.notEqual, .text(let text)): return value != text
        case (.like, .text(let text)): return LikePattern(text).matches(value)
        case (.ilike, .text(let text)): return LikePattern(text, foldsCase: true).matches(value)
        case (.isIn, .texts(let texts)): return texts.contains(value)
        case (.isNotIn, .texts(let texts)): return !texts.contains(value)
        default: return false
        }
    }

    // MARK: Orders

    private enum Rank: Equatable {
        case number(Double)
        case text(String)
        case notANumber
        case missing

        private var section: Int {
            switch self {
            case .number, .text: 0
            case .notANumber: 1
            case .missing: 2
            }
        }

        static func isBefore(_ left: Rank, _ right: Rank, isAscending: Bool) -> Bool {
            switch (left, right) {
            case (.number(let a), .number(let b)): isAscending ? a < b : a > b
            case (.text(let a), .text(let b)):
                isAscending ? a.utf8.lexicographicallyPrecedes(b.utf8) : b.utf8.lexicographicallyPrecedes(a.utf8)
            default: left.section < right.section
            }
        }
    }

    private static func rank(_ order: SearchOrder, _ run: TrackedRun) -> Rank {
        switch order.entity {
        case .metric:
            guard let value = run.metrics.first(where: { $0.key == order.key })?.value else { return .missing }
            return value.isNaN ? .notANumber : .number(value)
        case .parameter: return text(run.parameters.first { $0.key == order.key }?.value)
        case .tag: return text(run.tags.first { $0.key == order.key }?.value)
        default:
            switch order.key {
            case "start_time": return .number(Double(run.info.startedAt))
            case "end_time": return run.info.endedAt.map { .number(Double($0)) } ?? .missing
            case "run_id": return .text(run.info.id)
            case "run_name": return .text(run.info.name)
            case "status": return .text(run.info.status.name)
            case "user_id": return .text(run.info.user)
            default: return .text(run.info.artifactURI)
            }
        }
    }

    private static func text(_ value: String?) -> Rank { value.map(Rank.text) ?? .missing }
}
