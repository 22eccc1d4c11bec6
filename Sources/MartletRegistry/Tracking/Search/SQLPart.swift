import MartletStore

/// A piece of SQL and the values of its placeholders. Nothing that a client wrote is ever in the text.
struct SQLPart {
    var sql: String
    var values: [SQLValue]

    init(_ sql: String, _ values: [SQLValue] = []) {
        self.sql = sql
        self.values = values
    }

    /// Holds for nothing.
    static let never = SQLPart("1 = 0")

    /// Behind the query of an `EXISTS`: PostgreSQL asks it for each row, as SQLite does, and makes no join of it.
    static let perRow = "LIMIT 1 OFFSET 0"

    /// All of some conditions.
    static func all(_ parts: [SQLPart]) -> SQLPart {
        parts.isEmpty ? SQLPart("1 = 1") : parts.dropFirst().reduce(parts[0]) { SQLPart("\($0.sql) AND \($1.sql)", $0.values + $1.values) }
    }

    /// A column among some numbers; one is an equality, so that an index behind it keeps its order.
    static func column(_ column: String, among numbers: [Int64]) -> SQLPart {
        guard numbers.count != 1 else { return SQLPart("\(column) = ?", numbers.map(SQLValue.integer)) }
        return SQLPart("\(column) IN (\(numbers.map(String.init).joined(separator: ",")))")
    }
}

/// Comparisons of a column.
struct ColumnComparison {
    /// The longest pattern that SQLite takes, in bytes.
    static let patternSizeBytesMax = 50_000

    let dialect: SQLDialect

    /// `IS NULL` and `IS NOT NULL` are for the caller. - Parameter column: an expression without placeholders.
    func condition(_ column: String, _ comparator: SearchComparator, _ value: SearchValue) throws(TrackingFault) -> SQLPart {
        switch value {
        case .integer(let integer): SQLPart("\(column) \(comparator.rawValue) ?", [.integer(integer)])
        case .number(let number): number.isNaN ? .never : SQLPart("\(column) \(comparator.rawValue) ?", [.real(number)])
        case .text(let text): try condition(column, comparator, text)
        case .texts(let texts):
            SQLPart("\(column) \(comparator.rawValue) (\(NumberList.placeholders(texts.count)))", texts.map(SQLValue.text))
        case .integers(let integers):
            SQLPart("\(column) \(comparator.rawValue) (\(integers.map(String.init).joined(separator: ",")))")
        case .nothing: .never
        }
    }

    private func condition(_ column: String, _ comparator: SearchComparator, _ text: String) throws(TrackingFault) -> SQLPart {
        guard comparator == .like || comparator == .ilike else { return SQLPart("\(column) \(comparator.rawValue) ?", [.text(text)]) }
        guard text.utf8.count <= Self.patternSizeBytesMax else {
            throw TrackingFault(
                .invalidParameterValue, "the pattern is \(text.utf8.count) bytes long, expected at most \(Self.patternSizeBytesMax)")
        }
        // There is no character that escapes; SQLite has none unless told, and lowers ASCII only, as does PostgreSQL's "C".
        let escape = dialect == .postgresql ? " ESCAPE ''" : ""
        return comparator == .like
            ? SQLPart("\(column) LIKE ?\(escape)", [.text(text)])
            : SQLPart("lower(\(column)) LIKE ?\(escape)", [.text(Self.lowered(text))])
    }

    private static func lowered(_ text: String) -> String {
        String(decoding: text.utf8.map { (0x41...0x5a).contains($0) ? $0 | 0x20 : $0 }, as: UTF8.self)
    }
}

extension StageView {
    /// The stages as they are stored.
    var stages: [Int64] {
        switch self {
        case .activeOnly: [0]
        case .deletedOnly: [1]
        case .all: [0, 1]
        }
    }
}
