package import MartletCore

/// A filter of a search, in the grammar of MLflow 3.17: comparisons joined by `AND`.
///
/// Everything that MLflow refuses is refused, and in its words; what MLflow answers with status 500 is refused as well.
package struct SearchFilter: Sendable, Hashable {
    /// The longest filter or order that is read, in bytes of UTF-8.
    package static let lengthMaxBytes = 64 << 10
    /// The most comparisons of a filter; MLflow's SQLite has no more than 64 tables in a search.
    package static let comparisonCountMax = 256
    /// The most `%` and `_` of all its patterns together: each may cost a walk over a text.
    package static let wildcardCountMax = 512

    /// The comparisons, all of which must hold; none finds everything.
    package let comparisons: [SearchComparison]

    /// Reads a filter. - Throws: `invalidInput` in MLflow's words. - Complexity: O(length · log length).
    package init(parsing text: String, of kind: SearchKind) throws(MartletError) {
        guard !text.isEmpty else {
            comparisons = []
            return
        }
        guard text.utf8.count <= Self.lengthMaxBytes else {
            throw MartletError(
                .invalidInput, "the filter is \(text.utf8.count) bytes long, expected at most \(Self.lengthMaxBytes); split the search")
        }
        comparisons = try kind.rules.comparisons(of: text)
        guard comparisons.count <= Self.comparisonCountMax else {
            throw MartletError(
                .invalidInput,
                "the filter has \(comparisons.count) comparisons, expected at most \(Self.comparisonCountMax); split the search")
        }
        let wildcardCount = comparisons.reduce(0) { $0 + $1.wildcardCount }
        guard wildcardCount <= Self.wildcardCountMax else {
            throw MartletError(
                .invalidInput,
                "the filter's patterns have \(wildcardCount) '%' and '_', expected at most \(Self.wildcardCountMax); split the search")
        }
    }
}

/// How the filters of one kind of thing are read.
protocol SearchRules: Sendable {
    /// The comparisons of a filter that is not empty.
    func comparisons(of text: String) throws(MartletError) -> [SearchComparison]
    /// One clause of an order.
    func order(of clause: String) throws(MartletError) -> SearchOrder
    /// The orders to sort by where a client gives those, with MLflow's own behind them.
    func completed(_ orders: [SearchOrder], of clauses: [String]) throws(MartletError) -> [SearchOrder]
}

/// A kind of thing that can be searched.
package enum SearchKind: String, Sendable, CaseIterable {
    case runs, experiments, registeredModels, modelVersions, loggedModels, evaluationDatasets, traces

    var rules: any SearchRules {
        switch self {
        case .runs: RunSearchRules()
        case .experiments: ExperimentSearchRules()
        case .registeredModels: RegisteredModelSearchRules()
        case .modelVersions: ModelVersionSearchRules()
        case .loggedModels: LoggedModelSearchRules()
        case .evaluationDatasets: EvaluationDatasetSearchRules()
        case .traces: TraceSearchRules()
        }
    }
}
