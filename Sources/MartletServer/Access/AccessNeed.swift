import MartletRegistry

/// What somebody must be allowed to do with what, to get an answer.
struct AccessNeed: Sendable, Equatable {
    /// What a request is about.
    enum Scope: Sendable, Equatable {
        /// Nothing that anybody could be kept from; what is found is sifted for whoever asks.
        case anything
        /// What is yet to be made: what counts is the user's own role.
        case new
        /// An experiment, by its id or its name.
        case experiment
        /// The experiment of a run, of each of several runs.
        case run, runs
        /// A registered model, by its name.
        case model
        /// Nothing that is one experiment's or one model's.
        case server
    }

    let role: Role
    let scope: Scope

    init(_ role: Role, _ scope: Scope) {
        self.role = role
        self.scope = scope
    }

    static let administrator = AccessNeed(.admin, .server)
}

extension AccessNeed {
    /// What an endpoint needs. One that is not named here needs an administrator.
    init(of endpoint: TrackingEndpoint) { self = Self.table["\(endpoint.method.http) \(endpoint.path)"] ?? .administrator }

    /// Endpoints by method and address behind the prefix.
    static let table: [String: AccessNeed] = [
        "POST experiments/create": AccessNeed(.write, .new),
        "GET experiments/get": AccessNeed(.read, .experiment),
        "GET experiments/get-by-name": AccessNeed(.read, .experiment),
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
        "POST runs/log-metric": AccessNeed(.write, .run),
        "POST runs/log-parameter": AccessNeed(.write, .run),
        "POST runs/set-tag": AccessNeed(.write, .run),
        "POST runs/delete-tag": AccessNeed(.write, .run),
        "POST runs/log-batch": AccessNeed(.write, .run),
        "POST runs/log-inputs": AccessNeed(.write, .run),
        "POST runs/outputs": AccessNeed(.write, .run),
        "POST runs/log-model": AccessNeed(.write, .run),
        "GET metrics/get-history": AccessNeed(.read, .run),
        "GET metrics/get-history-bulk": AccessNeed(.read, .runs),
        "GET metrics/get-history-bulk-interval": AccessNeed(.read, .runs),
        "POST registered-models/create": AccessNeed(.write, .new),
        "GET registered-models/get": AccessNeed(.read, .model),
        "PATCH registered-models/update": AccessNeed(.write, .model),
        "POST registered-models/rename": AccessNeed(.admin, .model),
        "DELETE registered-models/delete": AccessNeed(.admin, .model),
        "GET registered-models/search": AccessNeed(.read, .anything),
        "GET registered-models/get-latest-versions": AccessNeed(.read, .model),
        "POST registered-models/get-latest-versions": AccessNeed(.read, .model),
        "POST registered-models/set-tag": AccessNeed(.write, .model),
        "DELETE registered-models/delete-tag": AccessNeed(.write, .model),
        "POST registered-models/alias": AccessNeed(.write, .model),
        "DELETE registered-models/alias": AccessNeed(.write, .model),
        "GET registered-models/alias": AccessNeed(.read, .model),
        "POST model-versions/create": AccessNeed(.write, .model),
        "GET model-versions/get": AccessNeed(.read, .model),
        "GET model-versions/get-download-uri": AccessNeed(.read, .model),
        "PATCH model-versions/update": AccessNeed(.write, .model),
        "POST model-versions/transition-stage": AccessNeed(.write, .model),
        "DELETE model-versions/delete": AccessNeed(.admin, .model),
        "POST model-versions/set-tag": AccessNeed(.write, .model),
        "DELETE model-versions/delete-tag": AccessNeed(.write, .model),
        "GET model-versions/search": AccessNeed(.read, .anything),
    ]
}
