import GRDB
import MartletCore

/// How stored columns become the house's types. A malformed one is `corrupt`, never a trap.
extension Row {
    func text(_ column: String) throws -> String { try stored(column, as: String.self) }
    func integer(_ column: String) throws -> Int { try stored(column, as: Int.self) }
    func time(_ column: String) throws -> Timestamp { Timestamp(microseconds: try stored(column, as: Int64.self)) }

    func optionalText(_ column: String) throws -> String? { try isNull(column) ? nil : text(column) }
    func optionalReal(_ column: String) throws -> Double? { try isNull(column) ? nil : stored(column, as: Double.self) }
    func optionalTime(_ column: String) throws -> Timestamp? { try isNull(column) ? nil : time(column) }
    func optionalDigest(_ column: String) throws -> Digest? { try isNull(column) ? nil : digest(column) }

    func digest(_ column: String) throws -> Digest {
        let text = try text(column)
        guard let digest = Digest(text) else { throw Self.malformed(column, "a digest", text) }
        return digest
    }

    func json(_ column: String) throws -> JSONValue {
        let text = try text(column)
        do {
            return try JSONValue(parsing: text, as: "the stored column '\(column)'")
        } catch {
            throw Self.malformed(column, "JSON", text)
        }
    }

    private func isNull(_ column: String) -> Bool { (self[column] as DatabaseValue?)?.isNull ?? true }

    private func stored<Value: DatabaseValueConvertible>(_ column: String, as type: Value.Type) throws -> Value {
        let stored = self[column] as DatabaseValue?
        guard let stored, let value = Value.fromDatabaseValue(stored) else {
            throw Self.malformed(column, "\(type)", stored.map { "\($0)" } ?? "no such column")
        }
        return value
    }

    private static func malformed(_ column: String, _ expected: String, _ found: String) -> MartletError {
        MartletError(
            .corrupt,
            "stored column '\(column)': expected \(expected), found '\(found.prefix(80))'; "
                + "restore the records from a copy"
        )
    }
}

extension JSONValue {
    /// Digests by name, as they are stored.
    init(digests: [String: Digest]) { self = .object(digests.mapValues { .string($0.description) }) }
}
