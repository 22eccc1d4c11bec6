/// What somebody may do with experiments or models; each may do what those before it may.
package enum Role: Int64, Sendable, Hashable, Comparable, CaseIterable, CustomStringConvertible {
    /// Not even see that it is there.
    case none = 0
    case read
    /// Log, register, tag, and delete what can be restored.
    case write
    /// Delete for good, and say who else may do what.
    case admin

    /// Reads a role's name.
    package init?(_ name: String) {
        guard let role = Self.allCases.first(where: { $0.description == name }) else { return nil }
        self = role
    }

    /// Reads a role of the tables, where no other number is ever written.
    init(stored number: Int64) { self = Role(rawValue: number) ?? .none }

    package var description: String {
        switch self {
        case .none: "none"
        case .read: "read"
        case .write: "write"
        case .admin: "admin"
        }
    }

    package static func < (left: Role, right: Role) -> Bool { left.rawValue < right.rawValue }
}

/// What a role is granted on.
package enum AccessSubject: Sendable, Hashable, CustomStringConvertible {
    case experiment(Int64)
    /// A registered model, by its name.
    case model(String)

    /// Names are compared by their bytes, as the tables do; texts that Unicode holds for equal are other models.
    package static func == (left: AccessSubject, right: AccessSubject) -> Bool {
        switch (left, right) {
        case (.experiment(let left), .experiment(let right)): left == right
        case (.model(let left), .model(let right)): left.utf8.elementsEqual(right.utf8)
        default: false
        }
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(stored.kind)
        for byte in stored.key.utf8 { hasher.combine(byte) }
    }

    package var description: String {
        switch self {
        case .experiment(let id): "experiment \(id)"
        case .model(let name): "model '\(name)'"
        }
    }

    /// The number of its kind, and its key, in the tables.
    var stored: (kind: Int64, key: String) {
        switch self {
        case .experiment(let id): (0, String(id))
        case .model(let name): (1, name)
        }
    }

    init?(kind: Int64, key: String) {
        switch (kind, Int64(key)) {
        case (0, let id?): self = .experiment(id)
        case (1, _): self = .model(key)
        default: return nil
        }
    }
}
