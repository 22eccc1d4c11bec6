public import MartletCore

/// Features of an entity, defined once for training and for requests.
///
/// A view has rows (what is known when the row's event happens, such as today's prices), history (what was known of the
/// same entity before), and formulas over both. History is joined by *knowledge time*: a row at event time `t` sees only
/// rows of the same entity whose event time plus `knownAfter` is at most `t`.
public struct FeatureView: Sendable, Equatable {
    /// The view's name.
    public let name: String
    /// The columns that identify an entity.
    public let entity: [String]
    /// The dataset that the rows come from.
    public let source: String
    /// A `SELECT` over the dataset that shapes the rows; `nil` takes the dataset as it is.
    public let select: String?
    /// The column that orders events: whole numbers, dates (counted in days) or timestamps (counted in seconds).
    public let eventTime: String
    /// How long after its event time a row becomes known, in units of the event time; at least 1, since a row never knows itself.
    public let knownAfter: Int64
    /// The columns that are known only after the event, such as what was sold; they may be used through history alone.
    public let outcomes: [String]
    /// What the row's columns may hold; a trailing `*` in the name stands for all columns that begin so.
    public let bounds: [ColumnBounds]
    /// What was known of the entity before.
    public let history: [HistoryFeature]
    /// Formulas over the row's own columns and its history.
    public let formulas: [FormulaFeature]

    /// Makes a view.
    public init(
        name: String, entity: [String], source: String, select: String? = nil, eventTime: String, knownAfter: Int64 = 1,
        outcomes: [String] = [], bounds: [ColumnBounds] = [], history: [HistoryFeature] = [], formulas: [FormulaFeature] = []
    ) {
        precondition(knownAfter >= 1, "a row never knows itself")
        self.name = name
        self.entity = entity
        self.source = source
        self.select = select
        self.eventTime = eventTime
        self.knownAfter = knownAfter
        self.outcomes = outcomes
        self.bounds = bounds
        self.history = history
        self.formulas = formulas
    }

    /// The definition as JSON: what the digest of the features is taken of.
    public var definition: JSONValue {
        [
            "name": .string(name),
            "entity": .array(entity.map(JSONValue.string)),
            "source": .string(source),
            "select": select.map(JSONValue.string) ?? .null,
            "event_time": .string(eventTime),
            "known_after": .integer(knownAfter),
            "outcomes": .array(outcomes.map(JSONValue.string)),
            "bounds": .array(bounds.map(\.definition)),
            "history": .array(history.map(\.definition)),
            "formulas": .array(formulas.map { ["name": .string($0.name), "formula": .string($0.expression.text)] }),
        ]
    }

    /// The view of a definition. - Throws: `corrupt` where the JSON is none.
    public init(definition: JSONValue) throws {
        guard let name = definition["name"]?.string, let source = definition["source"]?.string,
            let eventTime = definition["event_time"]?.string, let knownAfter = definition["known_after"]?.int, knownAfter >= 1,
            let entity = definition["entity"]?.array, let history = definition["history"]?.array,
            let formulas = definition["formulas"]?.array
        else { throw MartletError(.corrupt, "expected a feature view's definition, found \(definition.canonicalText.prefix(200))") }
        self.init(
            name: name, entity: entity.compactMap(\.string), source: source, select: definition["select"]?.string,
            eventTime: eventTime, knownAfter: knownAfter,
            outcomes: definition["outcomes"]?.array?.compactMap(\.string) ?? [],
            bounds: try (definition["bounds"]?.array ?? []).map(ColumnBounds.init(definition:)),
            history: try history.map(HistoryFeature.init(definition:)),
            formulas: try formulas.map(FormulaFeature.init(definition:))
        )
    }
}

/// What a column of a row may hold.
public struct ColumnBounds: Sendable, Equatable {
    /// The column's name, or the beginning of several with a trailing `*`.
    public let column: String
    /// The least value; `nil` for no bound.
    public let minimum: Double?
    /// The greatest value; `nil` for no bound.
    public let maximum: Double?

    /// Makes bounds.
    public init(column: String, minimum: Double? = nil, maximum: Double? = nil) {
        self.column = column
        self.minimum = minimum
        self.maximum = maximum
    }

    /// Whether these bounds are about a column.
    package func concern(_ name: String) -> Bool {
        column.hasSuffix("*") ? name.hasPrefix(column.dropLast()) : name == column
    }

    /// Whether a value is within; missing values are no matter of bounds.
    package func admit(_ value: Double) -> Bool {
        value.isNaN || (value >= minimum ?? -.infinity && value <= maximum ?? .infinity)
    }

    /// The bounds in words: `0 to 1`, `0.001 or more`.
    package var words: String {
        switch (minimum, maximum) {
        case (let low?, let high?): "\(JSONValue.number(low)) to \(JSONValue.number(high))"
        case (let low?, nil): "\(JSONValue.number(low)) or more"
        case (nil, let high?): "\(JSONValue.number(high)) or less"
        case (nil, nil): "any number"
        }
    }

    var definition: JSONValue {
        ["column": .string(column), "min": minimum.map(JSONValue.number) ?? .null, "max": maximum.map(JSONValue.number) ?? .null]
    }

    init(definition: JSONValue) throws {
        guard let column = definition["column"]?.string else {
            throw MartletError(.corrupt, "expected a column's bounds, found \(definition.canonicalText.prefix(200))")
        }
        self.init(column: column, minimum: definition["min"]?.double, maximum: definition["max"]?.double)
    }
}

/// An aggregate over the rows of one entity up to some time.
public struct HistoryFeature: Sendable, Equatable {
    /// How the values become one.
    public enum Aggregate: String, Sendable, CaseIterable {
        /// The value of the latest row; of several at one time, the greatest.
        case last
        /// Over the rows of a window that ends with the latest row; missing values are skipped.
        case mean, min, max, sum, count
    }

    /// The feature's name.
    public let name: String
    /// How the values become one.
    public let aggregate: Aggregate
    /// The column that is aggregated.
    public let column: String
    /// The window's length in units of the event time, at least 1; `nil` is all of the past. Ignored by `last`.
    public let window: Int64?

    /// Makes a history feature.
    public init(name: String, aggregate: Aggregate, column: String, window: Int64? = nil) {
        self.name = name
        self.aggregate = aggregate
        self.column = column
        self.window = window
    }

    var definition: JSONValue {
        [
            "name": .string(name), "aggregate": .string(aggregate.rawValue), "column": .string(column),
            "window": window.map(JSONValue.integer) ?? .null,
        ]
    }

    init(definition: JSONValue) throws {
        guard let name = definition["name"]?.string, let column = definition["column"]?.string,
            let aggregate = definition["aggregate"]?.string.flatMap(Aggregate.init(rawValue:))
        else { throw MartletError(.corrupt, "expected a history feature's definition, found \(definition.canonicalText.prefix(200))") }
        self.init(name: name, aggregate: aggregate, column: column, window: definition["window"]?.int)
    }
}

/// A formula over a row's columns.
public struct FormulaFeature: Sendable, Equatable {
    /// The feature's name.
    public let name: String
    /// The formula.
    public let expression: RowExpression

    /// Makes a formula feature.
    public init(name: String, expression: RowExpression) {
        self.name = name
        self.expression = expression
    }

    init(definition: JSONValue) throws {
        guard let name = definition["name"]?.string, let formula = definition["formula"]?.string else {
            throw MartletError(.corrupt, "expected a formula's definition, found \(definition.canonicalText.prefix(200))")
        }
        self.init(name: name, expression: try RowExpression(formula))
    }
}
