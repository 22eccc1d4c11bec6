import MartletStore

/// What models are called now.
extension ModelRegistry {
    /// A model's name, where it was read a moment ago; takes no time, so that it may be asked on a connection's thread.
    package func knownName(of id: RegisteredModelID) -> String? { knownNames[id] }

    /// A model's name; `nil` where there is no such model any more.
    package func name(of id: RegisteredModelID) async throws -> String? {
        if let name = knownNames[id] { return name }
        let change = knownNames.change
        let name = try await read { session in
            try session.connection.first(
                "SELECT name FROM registered_models WHERE number = ? AND created_at = ?", [.integer(id.number), .integer(id.createdAt)]
            ) { $0.text(0) }
        }
        if let name { knownNames.remember(name, of: id, asOf: change) }
        return name
    }
}
