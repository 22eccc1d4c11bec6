import MartletCore
import MartletEngines

/// The SQL that scores: the carried columns as they are, and the model's function of the features.
struct ScoringQuery {
    private static let function = "martlet_predict"
    private static let answer = "martlet_prediction"

    private let schema: ScoringSchema
    private let model: ScoringModel
    private let outputs: [String]
    private let raw: Bool

    init(_ schema: ScoringSchema, _ model: ScoringModel, raw: Bool) {
        self.schema = schema
        self.model = model
        self.raw = raw
        outputs = model.outputs(raw: raw)
    }

    /// What identifies the query together with the model.
    var definition: JSONValue {
        [
            "features": .array(schema.features.map { .string($0.name) }), "carried": .array(schema.carried.map(JSONValue.string)),
            "raw": .boolean(raw),
        ]
    }

    /// Makes known to a database what the query refers to. - Parameter onRows: told how many rows were scored; from several threads.
    func prepare(_ connection: DuckDBConnection, onRows: @escaping @Sendable (Int) -> Void) throws {
        try connection.register(model.function(named: Self.function, of: argumentType, raw: raw, onRows: onRows))
        for (position, feature) in model.features.enumerated() {
            guard let values = model.categories[feature], !values.isEmpty else { continue }
            try Self.create(Self.categoryType(position), values, connection)
        }
        if !model.groups.isEmpty { try Self.create(Self.categoryType(model.features.count), model.groups, connection) }
    }

    /// The query over a table or function of tables. - Parameter condition: which of its rows; `nil` for all.
    func select(from source: String, where condition: String?) -> String {
        let carried = schema.carried.map { DuckDBConnection.quoted(identifier: $0) }
        let call = "\(Self.function)(\(arguments.joined(separator: ", ")))"
        let rows = "FROM \(source)" + (condition.map { " WHERE \($0)" } ?? "")
        guard outputs.count > 1 else {
            let answer = "\(call) AS \(DuckDBConnection.quoted(identifier: outputs[0]))"
            return "SELECT \((carried + [answer]).joined(separator: ", ")) \(rows)"
        }
        let answer = DuckDBConnection.quoted(identifier: answerName)
        let parts = outputs.map {
            "struct_extract(\(answer), \(DuckDBConnection.quoted(literal: $0))) AS \(DuckDBConnection.quoted(identifier: $0))"
        }
        let inner = "SELECT \((carried + ["\(call) AS \(answer)"]).joined(separator: ", ")) \(rows)"
        return "SELECT \((carried + parts).joined(separator: ", ")) FROM (\(inner))"
    }

    /// A name that no carried column has.
    private var answerName: String {
        let taken = Set(schema.carried.map { $0.lowercased() })
        var name = Self.answer
        while taken.contains(name) { name += "_" }
        return name
    }

    // MARK: Arguments

    /// Floats where they hold every value of every column, else doubles: whole numbers beyond 2⁵³ are rounded to the nearest.
    private var argumentType: DuckDBRowFunction.ArgumentType {
        let largest = ([model.groups.count] + model.categories.values.map(\.count)).max() ?? 0
        let fits = zip(model.features, schema.features).allSatisfy { model.categories[$0] != nil || SQLType.fitsFloat($1.type) }
        return fits && largest <= 1 << 24 ? .float : .double
    }

    private var arguments: [String] {
        let type = argumentType == .float ? "FLOAT" : "DOUBLE"
        var arguments = zip(model.features, schema.features).enumerated().map { position, feature in
            let (name, column) = feature
            let value = model.categories[name].map { Self.code(column, Self.categoryType(position), isEmpty: $0.isEmpty) }
            return "CAST(\(value ?? DuckDBConnection.quoted(identifier: column.name)) AS \(type))"
        }
        if let column = schema.scaleBy {
            let code = Self.code(column, Self.categoryType(model.features.count), isEmpty: model.groups.isEmpty)
            arguments.append("CAST(\(code) AS \(type))")
        }
        return arguments
    }

    /// A value's number among the names of a type; `NULL` where it is none of them.
    private static func code(_ column: ScoringSchema.Column, _ type: String, isEmpty: Bool) -> String {
        guard !isEmpty else { return "NULL" }
        let name = SQLType.categoryName(DuckDBConnection.quoted(identifier: column.name), column.type)
        return "enum_code(TRY_CAST(\(name) AS \(type)))"
    }

    private static func categoryType(_ position: Int) -> String { "martlet_category_\(position)" }

    private static func create(_ type: String, _ values: [String], _ connection: DuckDBConnection) throws {
        let names = values.map { DuckDBConnection.quoted(literal: $0) }.joined(separator: ", ")
        try connection.execute("CREATE TYPE \(type) AS ENUM (\(names))")
    }
}
