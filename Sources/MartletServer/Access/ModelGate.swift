import MartletCore
import MartletRegistry

/// Lets those ask a deployed model who may read the registered model that it came from.
struct ModelGate: Sendable {
    let gate: AccessGate
    let models: DeployedModels

    /// The guard of a template; `nil` for health, metrics and what tells nothing of models.
    func keeper(of template: String) -> Router.Guard? {
        guard ["/v2/models", "/v2/repository", "/v1/endpoints", "/invocations", "/openapi.json"].contains(where: template.hasPrefix) else {
            return nil
        }
        let takesQuery = template == "/invocations"
        return { request, parameters in
            // What names no model is about all of them, or about the only one.
            let named = parameters["model"] ?? parameters["name"] ?? (takesQuery ? request.query("model") : nil)
            switch gate.finding(request) {
            case .known(let principal): return admission(principal, named)
            case .asking(let ask):
                return .asking {
                    switch try await ask() {
                    case .success(let principal): try await admission(principal, named).refusal()
                    case .failure(let fault): fault.inferenceResponse
                    }
                }
            }
        }
    }

    /// - Parameter named: under which name it is deployed; `nil` where all that is deployed is asked for.
    func admission(_ principal: Principal, _ named: String?) -> Admission {
        guard !principal.isAdministrator else { return .admitted }
        let deployed = (named.map { [$0] } ?? models.names).map { (name: $0, releases: models.releases(behind: $0)) }
        if let nobodys = deployed.first(where: \.releases.isEmpty) { return .refused(Self.absent(nobodys.name)) }
        let owners = Set(deployed.flatMap(\.releases).compactMap(\.model))
        let known: [RegisteredModelID: String] = owners.reduce(into: [:]) { $0[$1] = models.knownName(of: $1) }
        if known.count == owners.count, denied(principal, deployed, known) == nil { return .admitted }
        return .asking {
            var names: [RegisteredModelID: String] = [:]
            for owner in owners { names[owner] = try await models.name(of: owner) }
            guard let (name, denial) = denied(principal, deployed, names) else { return nil }
            await gate.note(denial)
            return named == nil ? denial.refusal.inferenceResponse : Self.absent(name)
        }
    }

    /// Why somebody may not ask for what is deployed, and under which name; `nil` where they may.
    ///
    /// The registered model counts by the name that it has now: the one that it had belongs to whoever takes it. What is there no more, or
    /// was deployed before this was kept, is for administrators.
    private func denied(
        _ principal: Principal, _ deployed: [(name: String, releases: [ModelRelease])], _ names: [RegisteredModelID: String]
    ) -> (name: String, denial: Denial)? {
        for (name, releases) in deployed {
            for release in releases {
                guard let owner = release.model.flatMap({ names[$0] }) else {
                    return (name, Denial(principal, .admin, "deployed '\(name)'"))
                }
                if let denial = gate.denial(principal, .read, .model(owner)) { return (name, denial) }
            }
        }
        return nil
    }

    /// What is not there, or may not be seen, is told without what else there is.
    private static func absent(_ name: String) -> HTTPResponse {
        .json(404, ["error": .string("there is no model '\(name.prefix(128))'")])
    }
}

extension Admission {
    /// The refusal in the end; `nil` where there is none.
    fileprivate func refusal() async throws -> HTTPResponse? {
        switch self {
        case .admitted: nil
        case .refused(let response): response
        case .asking(let ask): try await ask()
        }
    }
}

extension TrackingFault {
    /// The refusal as the Open Inference Protocol has it.
    var inferenceResponse: HTTPResponse {
        let refusal = response
        let body = HTTPResponse.json(refusal.status, ["error": .string(message)])
        return ["www-authenticate", "retry-after"].reduce(body) { body, name in refusal.headers[name].map { body.with(name, $0) } ?? body }
    }
}
