/// Everything that is needed to serve a fitted model except its trees: what it reads and what it answers.
public struct ModelCard: Sendable, Equatable, Codable {
    /// The model's name.
    public let name: String
    /// The quantity that it answers.
    public let target: String
    /// The features, in the order of the trees.
    public let features: [String]
    /// The values of each categorical feature; a value's position is its code.
    public let categories: [String: [String]]
    /// The definition of the feature view.
    public let view: JSONValue
    /// How event times are counted: `integer`, `date` or `timestamp`.
    public let timeKind: String
    /// How the raw prediction becomes the target.
    public let scale: ResponseScale
    /// The column whose values have factors in `scale`.
    public let scaleBy: String?
    /// The columns that a request carries, and what training saw of them.
    public let inputs: [InputColumn]
    /// How many trees there are.
    public let trees: Int
    /// The seed of the fit.
    public let seed: UInt64

    /// The first event time that the fit never saw; everything from here on is new to the model.
    public let heldOutFrom: Int64

    /// Makes a card.
    public init(
        name: String, target: String, features: [String], categories: [String: [String]], view: JSONValue, timeKind: String,
        scale: ResponseScale, scaleBy: String?, inputs: [InputColumn], trees: Int, seed: UInt64, heldOutFrom: Int64 = .min
    ) {
        self.name = name
        self.target = target
        self.features = features
        self.categories = categories
        self.view = view
        self.timeKind = timeKind
        self.scale = scale
        self.scaleBy = scaleBy
        self.inputs = inputs
        self.trees = trees
        self.seed = seed
        self.heldOutFrom = heldOutFrom
    }
}

/// A column that a request carries.
public struct InputColumn: Sendable, Equatable, Codable {
    /// Whether a request must have it.
    public enum Presence: Sendable, Equatable, Codable {
        /// It was never missing in training.
        case required
        /// It was missing in training exactly where `column` had one of `values`: there it does not apply, elsewhere it must be.
        case requiredUnless(column: String, values: [String])
        /// It was missing in training here and there.
        case optional
    }

    /// The column's name.
    public let name: String
    /// Whether it must be there.
    public let presence: Presence
    /// Whether its values are texts.
    public let isText: Bool
    /// The least value of training; `nil` for texts and for columns that were always missing.
    public let minimum: Double?
    /// The greatest value of training; `nil` as `minimum` is.
    public let maximum: Double?

    /// Makes a column.
    public init(name: String, presence: Presence, isText: Bool, minimum: Double?, maximum: Double?) {
        self.name = name
        self.presence = presence
        self.isText = isText
        self.minimum = minimum
        self.maximum = maximum
    }

    /// What training says about a column.
    /// - Parameter explanations: columns whose values may explain where this one is missing, such as categories.
    public init(training column: Column, explanations: [Column]) {
        let values = (0..<column.count).map { column[$0] }
        let numbers = values.map(\.double).filter(\.isFinite)
        let isText = if case .text = column.values { true } else { false }
        self.init(
            name: column.name,
            presence: Self.presence(of: values.map { $0 == .missing }, explanations),
            isText: isText, minimum: numbers.min(), maximum: numbers.max()
        )
    }

    private static func presence(of missing: [Bool], _ explanations: [Column]) -> Presence {
        guard missing.contains(true) else { return .required }
        for column in explanations {
            var seen: [String: (missing: Int, present: Int)] = [:]
            for (row, isMissing) in missing.enumerated() {
                let name = column[row].categoryName ?? ""
                seen[name, default: (0, 0)].missing += isMissing ? 1 : 0
                seen[name, default: (0, 0)].present += isMissing ? 0 : 1
            }
            let isExplained = seen.values.allSatisfy { $0.missing == 0 || $0.present == 0 }
            if isExplained, seen.values.contains(where: { $0.present > 0 }) {
                return .requiredUnless(column: column.name, values: seen.filter { $0.value.missing > 0 }.keys.sorted())
            }
        }
        return .optional
    }
}
