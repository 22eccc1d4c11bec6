import MartletCore
import MartletRegistry
import MartletStore

/// Lets requests in, and says whether somebody may have what they ask for.
struct AccessGate: Sendable {
    /// Who stands behind a request, as far as that is known at once.
    enum Finding: Sendable {
        case known(Principal)
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
        let address = request.remoteAddress
        if var principal = access.known(credentials) {
            principal.address = address
            return .known(principal)
        }
        return .asking { try await Self.signIn(credentials, address, access) }
    }

    private static func signIn(
        _ credentials: Credentials?, _ address: String, _ access: AccessStore
    ) async throws -> Result<Principal, TrackingFault> {
        do {
            if var principal = try await access.signIn(credentials, from: address) {
                principal.address = address
                return .success(principal)
            }
        } catch let error as MartletError where error.code == .overloaded {
            var fault = TrackingFault(.requestLimitExceeded, error.message)
            fault.retryAfterSeconds = error.retryAfterSeconds ?? 1
            return .failure(fault)
        } catch {
            guard let fault = TrackingFault(refusing: error) else { throw error }
            return .failure(fault)
        }
        return .failure(
            TrackingFault(
                .unauthenticated,
                credentials == nil
                    ? "You are not authenticated: set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN."
                    : "You are not authenticated: the name, password or token is wrong, or the token has expired."))
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
        try await noting(principal) {
            for claim in need.claims { try await check(claim.role, claim.scope, fields, principal) }
        }
    }

    private func check(_ role: Role, _ scope: AccessNeed.Scope, _ fields: RequestFields, _ principal: Principal) async throws {
        switch scope {
        case .anything: return
        case .server: throw Denial(principal, role, "the server")
        case .new: try require(role, of: "something new", principal)
        case .place:
            guard let place = fields.text(.artifactLocation), !place.isEmpty, RunArtifacts.isWithinServer(place) else { return }
            throw TrackingFault(
                .permissionDenied,
                "Permission denied: '\(principal.name)' may not choose an artifact_location on this server; leave it out, or ask an "
                    + "administrator to make the experiment.")
        case .newModel:
            // What is yet to be made is missed by nobody.
            for name in fields.registeredModels(scope) { try require(role, .model(name), principal, absence: nil) }
        case .model, .sourceModel, .prompts:
            for name in fields.registeredModels(scope) {
                try require(role, .model(name), principal, absence: fields.absence(scope) ?? .noModel(name))
            }
        case .experimentsOrNone, .dataset:
            let experiments = try await experiments(scope, fields)
            if experiments.isEmpty { try require(role, of: "what is in no experiment", principal, absence: fields.absence(scope)) }
            try require(role, experiments, principal, absence: fields.absence(scope))
        default: try require(role, try await experiments(scope, fields), principal, absence: fields.absence(scope))
        }
    }

    /// Checks what is asked of a thing; where it is none of anybody's own, only administrators may.
    func check(_ principal: Principal, _ need: Role, _ subject: AccessSubject?) async throws {
        try await noting(principal) {
            guard let subject else { throw Denial(principal, need, "the server") }
            if let denial = self.denial(principal, need, subject) { throw denial }
        }
    }

    /// Checks what is asked of an artifact; where it lies in no experiment's place, only administrators may.
    func check(_ principal: Principal, _ need: Role, _ path: ArtifactPath) async throws {
        try await noting(principal) {
            let owners = try await owners(of: path)
            // Where an experiment may not be seen, its place looks as if it were nobody's.
            guard !owners.isEmpty, owners.allSatisfy({ principal.role(on: .experiment($0)) >= .read }) else {
                throw Denial(principal, .admin, "artifact '\(path)'")
            }
            try require(need, owners, principal, absence: nil)
        }
    }

    /// The experiments in whose place a path lies: the one that its first name is the number of, or those that were given another place.
    private func owners(of path: ArtifactPath) async throws -> [Int64] {
        if let name = path.names.first, let id = Int64(name), String(id) == name, try await store.hasExperiment(id) { return [id] }
        return try await store.placedExperiments().filter { experiment in
            // A location that is no path holds nothing.
            guard let root = try? RunArtifacts.root(of: experiment.location) else { return false }
            return path.isWithin(root)
        }.map(\.id)
    }

    /// Checks what is asked of a run. One that does not exist is left to others to say.
    func check(_ principal: Principal, _ need: Role, run: String) async throws {
        try await noting(principal) {
            try require(need, try await store.experiments(ofRuns: [run]), principal, absence: .noRun(run))
        }
    }

    /// Checks what is asked of a logged model. One that does not exist is left to others to say.
    func check(_ principal: Principal, _ need: Role, loggedModel: String) async throws {
        try await noting(principal) {
            let experiments = try await store.experiments(ofLoggedModels: [loggedModel])
            try require(need, experiments, principal, absence: .noLoggedModel(loggedModel))
        }
    }

    /// Checks what is asked of a trace. One that does not exist is left to others to say.
    func check(_ principal: Principal, _ need: Role, trace: String) async throws {
        try await noting(principal) {
            try require(need, try await store.experiments(ofTraces: [trace]), principal, absence: .noTrace(trace))
        }
    }

    /// Why somebody may not have what they ask for; `nil` where they may. Takes no time, and is yet to be noted.
    func denial(_ principal: Principal, _ need: Role, _ subject: AccessSubject) -> Denial? {
        do {
            try require(need, subject, principal, absence: subject.absence)
            return nil
        } catch {
            return error
        }
    }

    private func require(
        _ need: Role, _ experiments: [Int64], _ principal: Principal, absence: TrackingFault?
    ) throws(Denial) {
        for experiment in experiments {
            let subject = AccessSubject.experiment(experiment)
            try require(need, subject, principal, absence: absence ?? subject.absence)
        }
    }

    /// - Parameter absence: what those are told who may not see it; `nil` for what is needed.
    private func require(
        _ need: Role, _ subject: AccessSubject, _ principal: Principal, absence: TrackingFault?
    ) throws(Denial) {
        let role = principal.role(on: subject)
        guard role < need else { return }
        throw Denial(principal, need, "\(subject)", absence: role == .none ? absence : nil)
    }

    /// Requires a role where no other counts than the user's own.
    private func require(_ need: Role, of what: String, _ principal: Principal, absence: TrackingFault? = nil) throws(Denial) {
        guard !principal.isAdministrator, principal.role < need else { return }
        throw Denial(principal, need, what, absence: principal.role == .none ? absence : nil)
    }

    // MARK: The record

    /// Runs checks of somebody who is no administrator; what they are refused goes on record.
    private func noting(_ principal: Principal, _ checks: () async throws -> Void) async throws {
        guard !principal.isAdministrator else { return }
        do {
            try await checks()
        } catch let denial as Denial {
            await note(denial)
            throw denial.fault
        }
    }

    /// Keeps what somebody was refused.
    func note(_ denial: Denial) async {
        await access?.noteDenial(denial.need, denial.subject, by: AccessStore.Actor(denial.principal))
    }

    /// Keeps what somebody did.
    func note(_ kind: AccessNote, _ subject: String, by principal: Principal) async {
        await access?.note(kind, subject, by: AccessStore.Actor(principal))
    }

    /// The experiments of what a request names; none where it names nothing that exists.
    private func experiments(_ scope: AccessNeed.Scope, _ fields: RequestFields) async throws -> [Int64] {
        switch scope {
        case .experiment: try [fields.experiment()]
        case .experimentName: try await store.experimentID(named: fields.text(.experimentName) ?? "").map { [$0] } ?? []
        case .newTrace: try fields.newTraceExperiment.map { [try TrackingStore.experimentID(parsing: $0)] } ?? []
        case .experiments, .experimentsOrNone: try fields.locatedExperiments.map(TrackingStore.experimentID)
        case .dataset: try await store.experiments(ofDataset: fields.parameters["dataset_id"] ?? "")
        case .run: try await store.experiments(ofRuns: [fields.run])
        case .runs: try await store.experiments(ofRuns: fields.texts(.runIDs) + fields.texts(.historyRunIDs))
        case .sourceRun: try await store.experiments(ofRuns: [fields.text(.sourceRunID) ?? ""])
        case .trace: try await store.experiments(ofTraces: [fields.pathTrace, fields.text(.traceID) ?? ""] + fields.texts(.traceIDs))
        case .loggedModel:
            try await store.experiments(ofLoggedModels: [fields.parameters["model_id"] ?? "", fields.text(.modelID) ?? ""])
        case .linkedModels: try await store.experiments(ofLoggedModels: fields.modelIDs(of: .modelInputs))
        case .metricModels: try await store.experiments(ofLoggedModels: fields.modelIDs(of: .metrics))
        case .anything, .new, .model, .newModel, .sourceModel, .prompts, .place, .server: []
        }
    }
}

extension AccessStore.Actor {
    init(_ principal: Principal) { self.init(principal.name, address: principal.address) }
}

extension RequestFields {
    /// The registered models that a request names; an empty name where it should have one and has none.
    fileprivate func registeredModels(_ scope: AccessNeed.Scope) -> [String] {
        switch scope {
        case .newModel: [text(.newName) ?? text(.name) ?? ""]
        case .sourceModel: ModelVersionDraft.registeredModel(ofSource: text(.source) ?? "").map { [$0] } ?? []
        case .prompts: messages(.promptVersions) { $0.text(.name) ?? "" }
        default: [text(.name) ?? ""]
        }
    }
}
