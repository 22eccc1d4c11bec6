import MartletRegistry

/// What somebody must be allowed to do with what, to get an answer: a role for each thing that a request names.
struct AccessNeed: Sendable, Equatable {
    /// Where a request names something.
    enum Scope: Sendable, Equatable, CaseIterable {
        /// Nothing that anybody could be kept from; what is found is sifted for whoever asks.
        case anything
        /// What is yet to be made: what counts is the user's own role.
        case new
        /// An experiment, by its id, or by its name.
        case experiment, experimentName
        /// The experiment in which a trace is made.
        case newTrace
        /// Each of the experiments in which something is sought.
        case experiments
        /// Each of the experiments of what is made; without any, the user's own role counts.
        case experimentsOrNone
        /// The experiment of a run, of each of several runs, of the run that something came from.
        case run, runs, sourceRun
        /// The experiments of traces, by the path or by fields.
        case trace
        /// The experiment of a logged model, by the path or by a field.
        case loggedModel
        /// The experiments of the logged models that a run read or made, or whose metrics it logs.
        case linkedModels, metricModels
        /// Each of the experiments that an evaluation dataset belongs to; without any, the user's own role counts.
        case dataset
        /// A registered model, by its name; one that is yet to be made or renamed, by the name that it is to have; that which the source
        /// of a version names; those whose versions are prompts of a trace.
        case model, newModel, sourceModel, prompts
        /// Where artifacts are to lie, which is everybody's to choose outside of this server.
        case place
        /// Nothing that is one experiment's or one model's.
        case server
    }

    struct Claim: Sendable, Equatable {
        let role: Role
        let scope: Scope
    }

    let claims: [Claim]

    /// - Parameter others: what is named beside the thing that the request is about.
    init(_ role: Role, _ scope: Scope, _ others: Claim...) { claims = [Claim(role: role, scope: scope)] + others }

    static let administrator = AccessNeed(.admin, .server)
}

extension AccessNeed.Claim {
    /// Of what is only referred to.
    static func reading(_ scope: AccessNeed.Scope) -> AccessNeed.Claim { AccessNeed.Claim(role: .read, scope: scope) }

    /// Of what is changed.
    static func writing(_ scope: AccessNeed.Scope) -> AccessNeed.Claim { AccessNeed.Claim(role: .write, scope: scope) }
}

extension AccessNeed {
    /// By `TrackingEndpoint.name`: version 3 of what both versions have differs in what it is about.
    static let table: [String: AccessNeed] = [
        "POST experiments/create": AccessNeed(.write, .new, .writing(.place)),
        "GET experiments/get": AccessNeed(.read, .experiment),
        "GET experiments/get-by-name": AccessNeed(.read, .experimentName),
        "GET experiments/search": AccessNeed(.read, .anything),
        "POST experiments/search": AccessNeed(.read, .anything),
        "POST experiments/update": AccessNeed(.write, .experiment),
        "POST experiments/delete": AccessNeed(.admin, .experiment),
        "POST experiments/restore": AccessNeed(.admin, .experiment),
        "POST experiments/set-experiment-tag": AccessNeed(.write, .experiment),
        "POST experiments/delete-experiment-tag": AccessNeed(.write, .experiment),
        "POST runs/create": AccessNeed(.write, .experiment),
        "GET runs/get": AccessNeed(.read, .run),
        "POST runs/update": AccessNeed(.write, .run),
        "POST runs/delete": AccessNeed(.write, .run),
        "POST runs/restore": AccessNeed(.write, .run),
        "POST runs/search": AccessNeed(.read, .anything),
        "POST runs/log-metric": AccessNeed(.write, .run, .writing(.loggedModel)),
        "POST runs/log-parameter": AccessNeed(.write, .run),
        "POST runs/set-tag": AccessNeed(.write, .run),
        "POST runs/delete-tag": AccessNeed(.write, .run),
        "POST runs/log-batch": AccessNeed(.write, .run, .writing(.metricModels)),
        "POST runs/log-inputs": AccessNeed(.write, .run, .reading(.linkedModels)),
        "POST runs/outputs": AccessNeed(.write, .run, .writing(.linkedModels)),
        "POST runs/log-model": AccessNeed(.write, .run),
        "GET metrics/get-history": AccessNeed(.read, .run),
        "GET metrics/get-history-bulk": AccessNeed(.read, .runs),
        "GET metrics/get-history-bulk-interval": AccessNeed(.read, .runs),
        "POST registered-models/create": AccessNeed(.write, .newModel),
        "GET registered-models/get": AccessNeed(.read, .model),
        "PATCH registered-models/update": AccessNeed(.write, .model),
        "POST registered-models/rename": AccessNeed(.admin, .model, .writing(.newModel)),
        "DELETE registered-models/delete": AccessNeed(.admin, .model),
        "GET registered-models/search": AccessNeed(.read, .anything),
        "GET registered-models/get-latest-versions": AccessNeed(.read, .model),
        "POST registered-models/get-latest-versions": AccessNeed(.read, .model),
        "POST registered-models/set-tag": AccessNeed(.write, .model),
        "DELETE registered-models/delete-tag": AccessNeed(.write, .model),
        "POST registered-models/alias": AccessNeed(.write, .model),
        "DELETE registered-models/alias": AccessNeed(.write, .model),
        "GET registered-models/alias": AccessNeed(.read, .model),
        // That a logged model became a version is noted on it, by the server itself.
        "POST model-versions/create": AccessNeed(
            .write, .model, .reading(.run), .reading(.loggedModel), .reading(.sourceModel)),
        "GET model-versions/get": AccessNeed(.read, .model),
        "GET model-versions/get-download-uri": AccessNeed(.read, .model),
        "PATCH model-versions/update": AccessNeed(.write, .model),
        "POST model-versions/transition-stage": AccessNeed(.write, .model),
        "DELETE model-versions/delete": AccessNeed(.admin, .model),
        "POST model-versions/set-tag": AccessNeed(.write, .model),
        "DELETE model-versions/delete-tag": AccessNeed(.write, .model),
        "GET model-versions/search": AccessNeed(.read, .anything),
        "POST logged-models": AccessNeed(.write, .experiment, .reading(.sourceRun)),
        "GET logged-models/{model_id}": AccessNeed(.read, .loggedModel),
        "PATCH logged-models/{model_id}": AccessNeed(.write, .loggedModel),
        "DELETE logged-models/{model_id}": AccessNeed(.write, .loggedModel),
        "PATCH logged-models/{model_id}/tags": AccessNeed(.write, .loggedModel),
        "DELETE logged-models/{model_id}/tags/{tag_key}": AccessNeed(.write, .loggedModel),
        "POST logged-models/{model_id}/params": AccessNeed(.write, .loggedModel),
        "GET logged-models/{model_id}/artifacts/directories": AccessNeed(.read, .loggedModel),
        "POST logged-models/search": AccessNeed(.read, .experiments),
        "POST experiments/search-datasets": AccessNeed(.read, .experiments),
        "POST 3.0/datasets/create": AccessNeed(.write, .experimentsOrNone),
        "GET 3.0/datasets/{dataset_id}": AccessNeed(.read, .dataset),
        "DELETE 3.0/datasets/{dataset_id}": AccessNeed(.admin, .dataset),
        "PATCH 3.0/datasets/{dataset_id}/tags": AccessNeed(.write, .dataset),
        "DELETE 3.0/datasets/{dataset_id}/tags/{key}": AccessNeed(.write, .dataset),
        "POST 3.0/datasets/{dataset_id}/records": AccessNeed(.write, .dataset),
        "GET 3.0/datasets/{dataset_id}/records": AccessNeed(.read, .dataset),
        "DELETE 3.0/datasets/{dataset_id}/records": AccessNeed(.write, .dataset),
        "GET 3.0/datasets/{dataset_id}/experiment-ids": AccessNeed(.read, .dataset),
        "POST 3.0/datasets/{dataset_id}/add-experiments": AccessNeed(.write, .dataset, .writing(.experiments)),
        "POST 3.0/datasets/{dataset_id}/remove-experiments": AccessNeed(.write, .dataset, .writing(.experiments)),
        "GET 3.0/datasets/search": AccessNeed(.read, .experiments),
        "POST 3.0/datasets/search": AccessNeed(.read, .experiments),
        "POST webhooks": .administrator,
        "GET webhooks": .administrator,
        "GET webhooks/{webhook_id}": .administrator,
        "PATCH webhooks/{webhook_id}": .administrator,
        "DELETE webhooks/{webhook_id}": .administrator,
        "POST webhooks/{webhook_id}/test": .administrator,
        "GET artifacts/list": AccessNeed(.read, .run),
        "POST artifacts/presigned-upload-url": AccessNeed(.write, .run, .writing(.loggedModel)),
        "POST artifacts/presigned-download-url": AccessNeed(.read, .run),
        "POST traces": AccessNeed(.write, .experiment),
        "GET traces": AccessNeed(.read, .experiments),
        "PATCH traces/{trace_id}": AccessNeed(.write, .trace),
        "GET traces/{trace_id}/info": AccessNeed(.read, .trace),
        "PATCH traces/{trace_id}/tags": AccessNeed(.write, .trace),
        "DELETE traces/{trace_id}/tags": AccessNeed(.write, .trace),
        "POST traces/delete-traces": AccessNeed(.admin, .experiment),
        "POST traces/link-to-run": AccessNeed(.write, .trace, .writing(.run)),
        "POST traces/link-prompts": AccessNeed(.write, .trace, .reading(.prompts)),
        "POST 3.0/traces": AccessNeed(.write, .newTrace),
        "GET 3.0/traces/{trace_id}": AccessNeed(.read, .trace),
        "GET 3.0/traces/get": AccessNeed(.read, .trace),
        "GET 3.0/traces/batchGet": AccessNeed(.read, .trace),
        "POST 3.0/traces/batchGetInfos": AccessNeed(.read, .trace),
        "POST 3.0/traces/search": AccessNeed(.read, .experiments),
        "POST 3.0/traces/calculate-filter-correlation": AccessNeed(.read, .experiments),
        "POST 3.0/traces/delete-traces": AccessNeed(.admin, .experiment),
        "PATCH 3.0/traces/{trace_id}/tags": AccessNeed(.write, .trace),
        "DELETE 3.0/traces/{trace_id}/tags": AccessNeed(.write, .trace),
        "POST 3.0/traces/{trace_id}/assessments": AccessNeed(.write, .trace),
        "GET 3.0/traces/{trace_id}/assessments/{assessment_id}": AccessNeed(.read, .trace),
        "PATCH 3.0/traces/{trace_id}/assessments/{assessment_id}": AccessNeed(.write, .trace),
        "DELETE 3.0/traces/{trace_id}/assessments/{assessment_id}": AccessNeed(.write, .trace),
    ]
}
