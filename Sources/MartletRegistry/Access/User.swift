package import MartletCore

/// Somebody who may be let in.
package struct User: Sendable, Equatable {
    package let name: String
    package let isAdministrator: Bool
    /// Where nothing else is granted.
    package let role: Role
    package let createdAt: Timestamp
}

/// A token of a user; its secret is told once and never kept.
package struct AccessToken: Sendable, Equatable {
    /// Names the token, and tells nothing of its secret.
    package let id: Int64
    package let user: String
    /// What it is for, in people's words.
    package let label: String
    package let createdAt: Timestamp
    /// `nil` where it does not expire.
    package let expiresAt: Timestamp?
}

/// One entry of the record of who was let in or not, and who changed what others may do.
package struct AccessEvent: Sendable, Equatable {
    package let at: Timestamp
    /// Who did it; for a refused sign-in who they said they are, empty for a token.
    package let user: String
    /// The address that it came from; empty for the command line.
    package let address: String
    /// What was done, for example `sign-in refused` or `role granted`.
    package let action: String
    /// To whom or what.
    package let subject: String

    /// Makes an entry.
    package init(at: Timestamp, user: String, address: String, action: String, subject: String) {
        self.at = at
        self.user = user
        self.address = address
        self.action = action
        self.subject = subject
    }
}
