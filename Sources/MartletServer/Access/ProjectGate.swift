import MartletRegistry

/// Lets requests in that are about a project: what somebody may do with its experiment counts, and, where it has none yet, what they may do.
struct ProjectGate: Sendable {
    private let gate: AccessGate
    private let experiment: @Sendable () async throws -> Int64?

    /// - Parameter experiment: the project's, as far as it has one.
    init(_ gate: AccessGate, experiment: @escaping @Sendable () async throws -> Int64?) {
        (self.gate, self.experiment) = (gate, experiment)
    }

    /// Who stands behind a request. - Throws: `TrackingFault` where nobody does who is let in, `overloaded`.
    func principal(_ request: HTTPRequest) async throws -> Principal { try await gate.principal(request) }

    /// Checks what is asked; a denial goes on record.
    /// - Parameter subject: what it is asked of, for the record.
    /// - Throws: `TrackingFault`.
    func check(_ principal: Principal, _ need: Role, _ subject: String) async throws {
        guard !principal.isAdministrator else { return }
        let role = try await experiment().map { principal.role(on: .experiment($0)) } ?? principal.role
        guard role < need else { return }
        let denial = Denial(principal, need, subject)
        await gate.note(denial)
        throw denial.fault
    }
}
