import MartletCore
import MartletRegistry
import Testing

@testable import MartletServer

/// Stores in which each way of naming something names a thing of its own, so that one right can be missing at a time.
struct NeededThings {
    let stores: TrackingStores
    private var experiments: [AccessNeed.Scope: Int64] = [:]
    private var runs: [AccessNeed.Scope: String] = [:]
    private var models: [AccessNeed.Scope: String] = [:]
    private var trace = ""
    private var dataset = ""

    init(_ stores: TrackingStores) async throws {
        self.stores = stores
        for scope in AccessNeed.Scope.allCases {
            experiments[scope] = try await stores.tracking.createExperiment(name: "\(scope)")
        }
        for scope in [AccessNeed.Scope.run, .runs, .sourceRun] {
            runs[scope] = try await stores.tracking.createRun(RunDraft(experiment: id(scope))).info.id
        }
        for scope in [AccessNeed.Scope.loggedModel, .linkedModels, .metricModels] {
            models[scope] = try await stores.loggedModels.create(LoggedModelDraft(experiment: id(scope))).id
        }
        trace = try await stores.traces.begin(experiment: id(.trace), startedAt: 0).id
        dataset = try await stores.datasets.create(name: "d", experiments: ["\(id(.dataset))"]).id
    }

    private func id(_ scope: AccessNeed.Scope) -> Int64 { experiments[scope] ?? -1 }

    /// What a claim is about; `nil` where it is about nobody's thing.
    func subject(_ scope: AccessNeed.Scope) -> AccessSubject? {
        switch scope {
        case .anything, .new, .place, .server: nil
        case .model, .newModel, .sourceModel, .prompts: .model("\(scope)")
        default: .experiment(id(scope))
        }
    }

    /// Somebody with just the roles that an endpoint needs, but for one of its claims, on which they have one role less.
    func principal(_ need: AccessNeed, but missing: AccessNeed.Claim? = nil) -> Principal {
        var (role, grants) = (Role.none, [AccessSubject: Role]())
        for claim in need.claims {
            let given = claim == missing ? Role(rawValue: claim.role.rawValue - 1) ?? .none : claim.role
            if let subject = subject(claim.scope) { grants[subject] = given } else if claim.scope == .new { role = given }
        }
        return Principal(name: "eve", role: role, grants: grants)
    }

    // MARK: Asking

    func status(_ endpoint: TrackingEndpoint, for principal: Principal, choosingPlace: Bool = false) async throws -> Int {
        var fields = fields(of: endpoint)
        if !choosingPlace { fields["artifact_location"] = nil }
        let names = endpoint.path.split(separator: "/").filter { $0.hasPrefix("{") }.map { String($0.dropFirst().dropLast()) }
        let parameters = RouteParameters(names: names, values: names.map(parameter))
        let gate = AccessGate(stores.access, stores.tracking)
        return try await endpoint.respond(to: endpoint.read(Self.request(endpoint, fields), parameters, for: principal), past: gate).status
    }

    private static func request(_ endpoint: TrackingEndpoint, _ fields: [String: JSONValue]) -> TrackingRequest {
        let body = Array(JSONValue.object(fields).canonicalText.utf8)
        switch endpoint.method {
        case .post: return TrackingRequest(.post, contentType: "application/json", body: body)
        case .patch, .delete: return TrackingRequest(.other, body: body)
        case .get:
            let query = fields.sorted { $0.key < $1.key }.flatMap { name, value in
                (value.array ?? [value]).compactMap { $0.string }.map { (name: name, value: $0) }
            }
            return TrackingRequest(.get, query: query)
        }
    }

    private func parameter(_ name: String) -> String {
        switch name {
        case "model_id": models[.loggedModel] ?? ""
        case "trace_id": trace
        case "dataset_id": dataset
        default: "k"
        }
    }

    private func fields(of endpoint: TrackingEndpoint) -> [String: JSONValue] {
        var fields = Dictionary(
            uniqueKeysWithValues: endpoint.schema.names.compactMap { name in
                value(name, endpoint).map { (name, $0) }
            })
        for (name, value) in Self.particular[endpoint.name] ?? [:] { fields[name] = value }
        return fields
    }

    private func value(_ name: String, _ endpoint: TrackingEndpoint) -> JSONValue? {
        let scopes = endpoint.need.claims.map(\.scope)
        let sought = JSONValue.string("\(id(scopes.contains(.experimentsOrNone) ? .experimentsOrNone : .experiments))")
        switch name {
        case "experiment_id": return .string("\(id(.experiment))")
        case "experiment_ids": return [sought]
        case "experiment_name": return .string("\(AccessNeed.Scope.experimentName)")
        case "locations": return [["mlflow_experiment": ["experiment_id": sought]]]
        case "trace": return ["trace_info": ["trace_location": ["mlflow_experiment": ["experiment_id": .string("\(id(.newTrace))")]]]]
        case "run_id": return scopes.contains(.runs) ? [.string(runs[.runs] ?? "")] : .string(runs[.run] ?? "")
        case "run_ids": return [.string(runs[.runs] ?? "")]
        case "source_run_id": return .string(runs[.sourceRun] ?? "")
        case "trace_id": return .string(trace)
        case "trace_ids", "request_ids": return [.string(trace)]
        case "model_id": return .string(models[.loggedModel] ?? "")
        case "models": return [["model_id": .string(models[.linkedModels] ?? "")]]
        case "metrics": return [["key": "k", "value": 1, "timestamp": 1, "model_id": .string(models[.metricModels] ?? "")]]
        case "name": return .string("\(scopes.contains(.model) ? AccessNeed.Scope.model : .newModel)")
        case "new_name": return .string("\(AccessNeed.Scope.newModel)")
        case "source": return .string("models:/\(AccessNeed.Scope.sourceModel)/1")
        case "prompt_versions": return [["name": .string("\(AccessNeed.Scope.prompts)"), "version": "1"]]
        case "artifact_location": return "mlflow-artifacts:/1"
        case "key", "value", "alias", "metric_key", "path", "model_json", "url", "update_mask", "stage": return "k"
        case "filter_string1", "filter_string2": return "tags.k = 'v'"
        case "version": return "1"
        case "records": return "[]"
        case "events": return [["entity": "MODEL_VERSION", "action": "CREATED"]]
        case "assessment": return ["assessment_name": "k", "feedback": ["value": true]]
        default: return nil
        }
    }

    /// Where a field of one name takes something else than elsewhere.
    private static let particular: [String: [String: JSONValue]] = [
        "POST runs/log-metric": ["value": 1, "timestamp": 1],
        "PATCH logged-models/{model_id}": ["status": 2],
        "PATCH 3.0/datasets/{dataset_id}/tags": ["tags": "{}"],
        "POST experiments/search": ["max_results": 1],
        "GET experiments/search": ["max_results": "1"],
    ]
}
