import MartletCore
import MartletEngines
import MartletMonitor

/// The columns of two tables that can be compared, as queries.
struct DriftSamples {
    private static let answers = "asked"

    private let connection: DuckDBConnection
    private let reference: String

    /// - Parameter reference: the query of the table that is compared with.
    init(_ connection: DuckDBConnection, _ reference: String) { (self.connection, self.reference) = (connection, reference) }

    /// How a type of DuckDB's is compared.
    private enum Kind {
        case number, text, time

        /// `nil` for lists, structures and bytes.
        init?(_ type: String) {
            guard !type.hasSuffix("]") else { return nil }
            switch type.prefix(while: { $0 != "(" }) {
            case "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT", "FLOAT",
                "DOUBLE", "DECIMAL", "BOOLEAN":
                self = .number
            case "VARCHAR", "ENUM", "UUID": self = .text
            case let word where word == "DATE" || word.hasPrefix("TIMESTAMP"): self = .time
            default: return nil
            }
        }
    }

    // MARK: Snapshots

    /// The columns that both tables have; times only where they are named, as those always go on.
    /// - Throws: `notFound` for a name that is none of both, `invalidInput` for one that cannot be compared.
    func columns(_ names: [String], in present: String) throws -> [DriftMeasurement.Samples] {
        let others = Dictionary(try connection.describe(present).map { ($0.name, $0.type) }) { $1 }
        let all = try connection.describe(reference).compactMap { column in
            others[column.name].map { (name: column.name, type: column.type, other: $0) }
        }
        try check(names, among: all.map(\.name))
        return try all.compactMap { column in
            guard names.isEmpty || names.contains(column.name) else { return nil }
            guard let kind = Kind(column.type), Kind(column.other) == kind else { return try refuse(column.name, column.type, names) }
            guard kind != .time || !names.isEmpty else { return nil }
            return DriftMeasurement.Samples(
                column.name, isNumber: kind != .text, reference: Self.select(column.name, kind, reference),
                present: Self.select(column.name, kind, present))
        }
    }

    private static func select(_ column: String, _ kind: Kind, _ table: String) -> String {
        let name = DuckDBConnection.quoted(identifier: column)
        let value =
            switch kind {
            // What is no number counts as missing.
            case .number: "nullif(CAST(\(name) AS DOUBLE), 'nan'::DOUBLE)"
            case .text: "CAST(\(name) AS VARCHAR)"
            case .time: "CAST(epoch(\(name)) AS DOUBLE)"
            }
        return "SELECT \(value) AS x FROM (\(table))"
    }

    private func check(_ names: [String], among known: [String]) throws {
        for name in names where !known.contains(name) {
            let hint =
                nearest(to: name, among: known).map { "did you mean '\($0)'?" } ?? "there are \(known.sorted().joined(separator: ", "))"
            throw MartletError(.notFound, "there is no column '\(name)' to measure drift of; \(hint)")
        }
    }

    /// What was not named is passed over.
    private func refuse(_ name: String, _ type: String, _ names: [String]) throws -> DriftMeasurement.Samples? {
        guard names.contains(name) else { return nil }
        throw MartletError(
            .invalidInput,
            "column '\(name)' is of type \(type): drift is measured of numbers, texts and times that are of one kind; leave it out")
    }

    // MARK: Answers

    /// Keeps what a release was asked in a window, from the view `answers`.
    func keep(release: Digest, in window: Range<Timestamp>) throws {
        try connection.execute(
            """
            CREATE TEMP TABLE \(Self.answers) AS SELECT kind, features FROM answers
            WHERE release = ? AND "time" >= make_timestamp(CAST(? AS BIGINT)) AND "time" < make_timestamp(CAST(? AS BIGINT))
            """,
            [.text(release.description), .integer(window.lowerBound.microseconds), .integer(window.upperBound.microseconds)])
    }

    /// The columns of the reference that requests carry or that are known of them.
    /// - Parameter categories: those whose values are codes in inferences, and names elsewhere: there they are left out.
    func columns(_ names: [String], asked: Set<String>, categories: Set<String>) throws -> [DriftMeasurement.Samples] {
        let all = try connection.describe(reference).filter { asked.contains($0.name) }
        try check(names, among: all.map(\.name))
        return try all.compactMap { column in
            guard names.isEmpty || names.contains(column.name) else { return nil }
            guard let kind = Kind(column.type), kind != .time else { return try refuse(column.name, column.type, names) }
            return DriftMeasurement.Samples(
                column.name, isNumber: kind == .number, reference: Self.select(column.name, kind, reference),
                present: Self.selectAnswers(column.name, kind, isCategory: categories.contains(column.name)))
        }
    }

    private static func selectAnswers(_ column: String, _ kind: Kind, isCategory: Bool) -> String {
        // A decision has one value of each, an inference a list of them.
        let key = DuckDBConnection.quoted(literal: #"$."\#(column.replacing("\"", with: "\\\""))""#)
        let texts =
            "SELECT json_extract_string(features, \(key)) AS v FROM \(answers) WHERE kind = 'decision'"
            + (isCategory
                ? ""
                : " UNION ALL SELECT v ->> '$' AS v FROM (SELECT unnest(CAST(json_extract(features, \(key)) AS JSON[])) AS v FROM \(answers) "
                    + "WHERE kind = 'inference')")
        // JSON writes a truth value as a word, and a model takes it for 1 or 0.
        let number = "CASE v WHEN 'true' THEN 1 WHEN 'false' THEN 0 ELSE nullif(TRY_CAST(v AS DOUBLE), 'nan'::DOUBLE) END"
        let value = kind == .number ? number : "v"
        return "SELECT \(value) AS x FROM (\(texts))"
    }
}
