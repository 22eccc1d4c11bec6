package import MartletCore

/// One move of the pointer of an endpoint to a release.
package struct RouteMove: Sendable, Equatable {
    /// Why the pointer moved.
    package enum Action: String, Sendable, CaseIterable {
        case deploy, rollback
    }

    /// The position among all moves of all endpoints; rises.
    package let sequence: Int
    /// The endpoint.
    package let endpoint: String
    /// What it points to since.
    package let release: Digest
    /// What it pointed to before; `nil` for the first move.
    package let previous: Digest?
    /// Why.
    package let action: Action
    /// Who moved it.
    package let by: String
    /// The reason, for people.
    package let reason: String
    /// When; never before the endpoint's last move.
    package let at: Timestamp
}

/// What a mover believes that an endpoint points to; a move by somebody else in between is refused.
package enum RouteExpectation: Sendable, Equatable {
    /// Anything: the move is made in any case.
    case anything
    /// Nothing yet: this is to be the first move.
    case nothing
    /// This release.
    case release(Digest)

    func admits(_ release: Digest?) -> Bool {
        switch self {
        case .anything: true
        case .nothing: release == nil
        case .release(let expected): release == expected
        }
    }
}
