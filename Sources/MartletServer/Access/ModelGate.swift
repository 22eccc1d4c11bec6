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

    private func admission(_ principal: Principal, _ named: String?) -> Admission {
        guard !principal.isAdministrator else { return .admitted }
        for name in named.map({ [$0] }) ?? models.names {
            let owners = models.registeredModels(behind: name)
            guard !owners.isEmpty else { return .refused(Self.absent(name)) }
            for owner in owners {
                guard let denial = gate.denial(principal, .read, .model(owner)) else { continue }
                return .asking {
                    try await gate.note(denial)
                    return named == nil ? denial.refusal.inferenceResponse : Self.absent(name)
                }
            }
        }
        return .admitted
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
    fileprivate var inferenceResponse: HTTPResponse {
        let refusal = response
        let body = HTTPResponse.json(refusal.status, ["error": .string(message)])
        return ["www-authenticate", "retry-after"].reduce(body) { body, name in refusal.headers[name].map { body.with(name, $0) } ?? body }
    }
}
