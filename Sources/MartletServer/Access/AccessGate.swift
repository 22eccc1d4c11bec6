import MartletCore
import MartletRegistry
import MartletStore

/// Lets requests in, and says whether somebody may have what they ask for.
struct AccessGate: Sendable {
    /// Who stands behind a request, as far as that is known at once.
    enum Finding: Sendable {
        case known(Principal)
        /// Throws `overloaded` for those who have guessed too often.
        case asking(@Sendable () async throws -> Result<Principal, TrackingFault>)
    }

    private let access: AccessStore?
    private let store: TrackingStore

    /// - Parameter access: who is let in; everybody where it is `nil`.
    init(_ access: AccessStore?, _ store: TrackingStore) {
        self.access = access
        self.store = store
    }

    // MARK: Who

    /// Who stands behind a request.
    func finding(_ request: HTTPRequest) -> Finding {
        guard let access else { return .known(.everybody) }
        let credentials = request.headers["authorization"].flatMap { Credentials(authorization: $0) }
        if let principal = access.known(credentials) { return .known(principal) }
        let address = request.remoteAddress
        return .asking {
            if let principal = try await access.signIn(credentials, from: address) { return .success(principal) }
            return .failure(
                TrackingFault(
                    .unauthenticated,
                    credentials == nil
                        ? "You are not authenticated: set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN."
                        : "You are not authenticated: the name, password or token is wrong, or the token has expired."))
        }
    }

    /// Who stands behind a request. - Throws: `TrackingFault` where nobody does who is let in, `overloaded`.
    func principal(_ request: HTTPRequest) async throws -> Principal {
        switch finding(request) {
        case .known(let principal): principal
        case .asking(let ask): try await ask().get()
        }
    }

    // MARK: What

    /// Checks a request that was read. What does not exist is left to the endpoint to say.
    /// - Throws: `TrackingFault`.
    func check(_ fields: RequestFields, _ need: AccessNeed) async throws {
        let principal = fields.principal
        guard !principal.isAdministrator else { return }
        switch need.scope {
        case .anything: return
        case .server: throw Self.denial(principal, need.role)
        case .new: try require(need.role, principal.role, principal)
        case .model: try require(need.role, principal.role(on: .model(fields.text(.name) ?? "")), principal)
        case .experiment, .experimentName, .newTrace, .run, .runs, .trace, .loggedModel:
            try require(need.role, try await experiments(need.scope, fields), principal)
        case .experiments:
            let experiments = try await experiments(need.scope, fields)
            if experiments.isEmpty { try require(need.role, principal.role, principal) }
            try require(need.role, experiments, principal)
        case .dataset:
            let owners = try await store.experiments(ofDataset: fields.parameters["dataset_id"] ?? "")
            if owners.isEmpty { try require(need.role, principal.role, principal) }
            // What it is to be added to or removed from counts as well.
            try require(need.role, try owners + fields.texts(.experimentIDs).map(TrackingStore.experimentID), principal)
        }
    }

    /// Checks what is asked of a thing; where it is none of anybody's own, only administrators may.
    func check(_ principal: Principal, _ need: Role, _ subject: AccessSubject?) throws {
        guard !principal.isAdministrator else { return }
        try require(need, subject.map(principal.role(on:)) ?? .none, principal)
    }

    /// Checks what is asked of an artifact: the first name of its path is that of the experiment.
    func check(_ principal: Principal, _ need: Role, _ path: ArtifactPath) throws {
        try check(principal, need, path.names.first.flatMap { Int64($0) }.map { .experiment($0) })
    }

    /// Checks what is asked of a run. One that does not exist is left to others to say.
    func check(_ principal: Principal, _ need: Role, run: String) async throws {
        guard !principal.isAdministrator else { return }
        for experiment in try await store.experiments(ofRuns: [run]) { try check(principal, need, .experiment(experiment)) }
    }

    private func require(_ need: Role, _ experiments: [Int64], _ principal: Principal) throws {
        for experiment in experiments { try require(need, principal.role(on: .experiment(experiment)), principal) }
    }

    private func require(_ need: Role, _ role: Role, _ principal: Principal) throws {
        guard role >= need else { throw Self.denial(principal, need) }
    }

    private static func denial(_ principal: Principal, _ need: Role) -> TrackingFault {
        TrackingFault(
            .permissionDenied, "Permission denied: '\(principal.name)' needs the role '\(need)' here; an administrator can grant it.")
    }

    /// The experiments that a request is about; none where it names nothing that exists.
    private func experiments(_ scope: AccessNeed.Scope, _ fields: RequestFields) async throws -> [Int64] {
        switch scope {
        case .experiment: return try [fields.experiment()]
        case .experimentName: return try await store.experimentID(named: fields.text(.experimentName) ?? "").map { [$0] } ?? []
        case .newTrace: return try fields.newTraceExperiment.map { [try TrackingStore.experimentID(parsing: $0)] } ?? []
        case .run: return try await store.experiments(ofRuns: [fields.run])
        case .experiments: return try fields.locatedExperiments.map(TrackingStore.experimentID)
        case .trace:
            // Where the path names the trace, nothing else does.
            let traces = fields.parameters["trace_id"].map { [$0] } ?? fields.texts(.traceIDs) + [fields.text(.traceID) ?? ""]
            return try await store.experiments(ofTraces: traces) + store.experiments(ofRuns: [fields.run])
        case .loggedModel:
            let models = [fields.parameters["model_id"], fields.text(.modelID)].compactMap(\.self)
            return try await store.experiments(ofLoggedModels: models)
        case .runs: return try await store.experiments(ofRuns: fields.texts(.runIDs) + fields.texts(.historyRunIDs))
        default: return []
        }
    }
}
