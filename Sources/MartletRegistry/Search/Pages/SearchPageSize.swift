package import MartletCore

/// How many things a page of a search holds.
package enum SearchPageSize {
    /// The size of a page where the request names none; experiments have Martlet's own, since MLflow refuses such a request.
    package static func standard(for kind: SearchKind) -> Int {
        switch kind {
        case .runs, .experiments, .evaluationDatasets: 1000
        case .registeredModels, .traces: 100
        case .loggedModels: 50
        case .modelVersions: 200_000
        }
    }

    /// The most that a client may ask for; MLflow has no limit for logged models, and Martlet that of runs.
    package static func largest(for kind: SearchKind) -> Int {
        switch kind {
        case .runs, .experiments, .loggedModels, .evaluationDatasets: 50_000
        case .registeredModels: 1000
        case .modelVersions: 200_000
        case .traces: 500
        }
    }

    /// The size to use, checked as MLflow's REST layer and then its store check it. - Throws: `invalidInput` in MLflow's words.
    package static func checked(_ requested: Int?, for kind: SearchKind) throws(MartletError) -> Int {
        guard let requested else { return standard(for: kind) }
        // To MLflow's store of logged models zero is no size, and its default is not the one of the REST layer.
        if kind == .loggedModels, requested == 0 { return 100 }
        guard requested <= largest(for: kind) else { throw tooLarge(requested, kind) }
        guard requested >= 1 else { throw notPositive(requested, kind) }
        return requested
    }

    private static func tooLarge(_ requested: Int, _ kind: SearchKind) -> MartletError {
        switch kind {
        case .experiments, .loggedModels, .evaluationDatasets:
            MartletError(
                .invalidInput, "Invalid value \(requested) for parameter 'max_results' supplied. It must be at most \(largest(for: kind))")
        default:
            MartletError(
                .invalidInput,
                "Invalid value \(requested) for parameter 'max_results' supplied:  Hint: Value was of type 'int'. See the API docs for more information about request parameters."
            )
        }
    }

    private static func notPositive(_ requested: Int, _ kind: SearchKind) -> MartletError {
        kind == .modelVersions
            ? MartletError(.invalidInput, "Invalid value for max_results. It must be a positive integer, but got \(requested)")
            : MartletError(
                .invalidInput, "Invalid value \(requested) for parameter 'max_results' supplied. It must be a positive integer")
    }
}
