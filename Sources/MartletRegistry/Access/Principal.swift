/// Who asks, and what they may do.
package struct Principal: Sendable, Equatable {
    /// The user's name; empty where nobody has to say who they are.
    package let name: String
    /// Administrators may do everything, and say who else may.
    package let isAdministrator: Bool
    /// Where nothing else is granted.
    package let role: Role
    /// What differs from that.
    package let grants: [AccessSubject: Role]
    /// Where they ask from, for the record; empty where that is not known.
    package var address = ""

    /// Makes a principal.
    package init(name: String, isAdministrator: Bool = false, role: Role = .none, grants: [AccessSubject: Role] = [:]) {
        self.name = name
        self.isAdministrator = isAdministrator
        self.role = role
        self.grants = grants
    }

    /// Everybody, where access is open.
    package static let everybody = Principal(name: "", isAdministrator: true)

    /// What they may do with something.
    package func role(on subject: AccessSubject) -> Role { isAdministrator ? .admin : grants[subject] ?? role }

    /// Whether they may read everything, so that nothing has to be sifted out for them.
    package var readsEverything: Bool { isAdministrator || (role >= .read && grants.values.allSatisfy { $0 >= .read }) }
}

/// How somebody says who they are.
package enum Credentials: Sendable, Equatable {
    case password(user: String, String)
    case token(String)
}
