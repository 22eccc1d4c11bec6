import MartletCore
public import MartletLearn

/// A search over the parameters of a model's estimator.
public struct StudySpecification: Sendable, Equatable {
    /// How points of the space are chosen.
    public enum Sampler: Sendable, Equatable {
        /// So many points, each drawn by itself. The seed is the project's where it is `nil`.
        case random(trials: Int, seed: UInt64?)
        /// All points of a space whose values can be counted through.
        case grid
    }

    /// What is to be small.
    public enum Metric: String, Sendable, CaseIterable {
        /// Root of the mean squared error.
        case rmse
        /// Mean absolute error.
        case mae
    }

    /// The most trials of a study.
    public static let trialCountMax = 10_000

    /// How points of the space are chosen.
    public var sampler: Sampler
    /// What is to be small, on the rows that a trial is judged on, on the scale that is fitted.
    public var metric: Metric
    /// What is chosen from.
    public var space: SearchSpace

    /// Makes a study.
    public init(sampler: Sampler, metric: Metric, space: SearchSpace) {
        self.sampler = sampler
        self.metric = metric
        self.space = space
    }

    /// The parameters of each trial, in order. The first ones stay what they are when there are to be more.
    func points(projectSeed: UInt64) -> [[String: JSONValue]] {
        switch sampler {
        case .random(let trials, let seed): (0..<trials).map { space.randomPoint($0, seed: seed ?? projectSeed) }
        case .grid: (0..<(space.pointCount ?? 0)).map(space.gridPoint)
        }
    }

    /// What chooses the points, without how many there are.
    func definition(projectSeed: UInt64) -> JSONValue {
        var definition: [String: JSONValue] = ["sampler": .string(samplerName), "space": space.definition]
        // As a text, since not all seeds are whole numbers of JSON.
        if case .random(_, let seed) = sampler { definition["seed"] = .string("\(seed ?? projectSeed)") }
        return .object(definition)
    }

    /// What people call the sampler.
    var samplerName: String {
        switch sampler {
        case .random: "random"
        case .grid: "grid"
        }
    }
}

extension SearchSpace {
    fileprivate var definition: JSONValue { .object(dimensions.mapValues(\.definition)) }
}

extension SearchDimension {
    fileprivate var definition: JSONValue {
        switch self {
        case .choice(let values): .array(values)
        case .integer(let range, let spacing):
            [
                "kind": "integer", "from": .integer(Int64(range.lowerBound)), "to": .integer(Int64(range.upperBound)),
                "spacing": spacing.definition,
            ]
        case .real(let range, let spacing):
            ["kind": "real", "from": .number(range.lowerBound), "to": .number(range.upperBound), "spacing": spacing.definition]
        }
    }
}

extension SearchDimension.Spacing {
    fileprivate var definition: JSONValue {
        switch self {
        case .linear: "linear"
        case .logarithmic: "logarithmic"
        case .step(let size): .number(size)
        }
    }
}
