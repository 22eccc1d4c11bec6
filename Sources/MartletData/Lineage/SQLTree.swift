import Foundation
import MartletCore
import MartletEngines

/// A query as DuckDB's own parser sees it: nodes of `json_serialize_sql`.
enum SQLTree {
    /// Parses one SELECT.
    /// - Throws: `invalidInput` for anything else, with DuckDB's message.
    static func parse(_ sql: String, _ connection: DuckDBConnection) throws -> JSONValue {
        let call = "json_serialize_sql(\(DuckDBConnection.quoted(literal: sql)), skip_null := true, skip_empty := true)"
        let answer = try connection.query("SELECT CAST(\(call) AS VARCHAR) AS tree")
        guard case .text(let text)? = answer["tree"]?[0] else {
            throw MartletError(.engine, "DuckDB gave no tree of an SQL text")
        }
        // Not the strict parser: a sum of forty columns nests deeper than what it reads.
        let tree = try JSONDecoder().decode(JSONValue.self, from: Data(text.utf8))
        if let message = tree["error_message"]?.string {
            throw MartletError(.invalidInput, "column lineage of an SQL text: expected one SELECT; DuckDB says: \(message)")
        }
        guard let statements = tree["statements"]?.array, statements.count == 1, let node = statements[0]["node"] else {
            let count = tree["statements"]?.array?.count ?? 0
            throw MartletError(.invalidInput, "column lineage of an SQL text: expected one SELECT, found \(count); give them one by one")
        }
        return node
    }
}

extension JSONValue {
    /// The text of a member.
    func text(_ key: String) -> String? { self[key]?.string }

    /// The elements of a member; none where there is no such member.
    func elements(_ key: String) -> [JSONValue] { self[key]?.array ?? [] }

    /// The texts of a member that is a list.
    func texts(_ key: String) -> [String] { elements(key).compactMap(\.string) }

    /// The flag of a member.
    func flag(_ key: String) -> Bool { self[key] == .boolean(true) }

    /// What kind of expression a node is; `nil` for what is none.
    var expressionClass: String? { text("class") }

    /// The expressions right under a node, whatever its members are called.
    var subexpressions: [JSONValue] {
        switch self {
        case .array(let elements): elements.flatMap(\.expressionsFromHere)
        case .object(let members): members.sorted { $0.key < $1.key }.flatMap { $0.value.expressionsFromHere }
        default: []
        }
    }

    /// This expression, or those under it where it is none. A query is not entered: its names are its own.
    private var expressionsFromHere: [JSONValue] {
        if expressionClass != nil { return [self] }
        if text("type")?.hasSuffix("_NODE") == true { return [] }
        return subexpressions
    }

    /// Whether this expression or one under it is such.
    func contains(where isSuch: (JSONValue) -> Bool) -> Bool {
        isSuch(self) || subexpressions.contains { $0.contains(where: isSuch) }
    }

    /// The position that `ORDER BY 2` and `GROUP BY 2` mean, from 0.
    var positionFromOne: Int? {
        guard expressionClass == "CONSTANT", let literal = self["literal"], literal.text("kind") == "INTEGER" else { return nil }
        return literal.text("text").flatMap(Int.init).map { $0 - 1 }
    }
}
