import MartletCore

extension OpenAPIOperation {
    /// What a server answers whatever its models are. - Parameter models: the names to choose from.
    static func fixed(models: [String]) -> [OpenAPIOperation] {
        health + described(models) + repository(models) + scoring(models)
    }

    private static let health = [
        OpenAPIOperation("get", "/v2", "server", "Describe the server.", answers: [Answer(200, "The server.", "Server")]),
        OpenAPIOperation("get", "/v2/health/live", "live", "Tell whether the server lives.", answers: [Answer(200, "It does.", "Health")]),
        OpenAPIOperation(
            "get", "/v2/health/ready", "ready", "Tell whether every model is ready.",
            answers: [Answer(200, "All are.", "Health"), Answer(503, "Some are not, or the server is stopping.", "Health")]),
        OpenAPIOperation(
            "get", "/metrics", "metrics", "Show the metrics to Prometheus.",
            answers: [Answer(200, "The text format, version 0.0.4.", nil, contentType: MetricsRegistry.contentType)]),
    ]

    private static func described(_ models: [String]) -> [OpenAPIOperation] {
        let versions: [(String, String, [JSONValue])] = [
            ("", "", [model(models)]), ("/versions/{version}", "_version", [model(models), version]),
        ]
        return versions.flatMap { path, suffix, parameters in
            func get(_ ending: String, _ identifier: String, _ summary: String, _ answers: [Answer]) -> OpenAPIOperation {
                OpenAPIOperation(
                    "get", "/v2/models/{model}\(path)\(ending)", identifier + suffix, summary, parameters: parameters, answers: answers,
                    refusals: [404])
            }
            return [
                get("", "model", "Describe a model's tensors.", [Answer(200, "The model.", "Model")]),
                get("/config", "config", "Describe how a model runs.", [Answer(200, "Triton's ModelConfig.", "Configuration")]),
                get("/stats", "stats", "Tell what a model did.", [Answer(200, "Counts and times.", "Statistics")]),
                get(
                    "/ready", "model_ready", "Tell whether a model is ready.",
                    [Answer(200, "It is.", "Readiness"), Answer(503, "It is not.", "Readiness")]),
            ]
        }
    }

    private static func repository(_ models: [String]) -> [OpenAPIOperation] {
        [
            OpenAPIOperation("get", "/v2/models", "models", "List the models that are ready.", answers: [Answer(200, "Names.", "Models")]),
            OpenAPIOperation(
                "get", "/v2/models/stats", "all_stats", "Tell what every model did.",
                answers: [Answer(200, "Counts and times.", "Statistics")]),
            OpenAPIOperation(
                "post", "/v2/repository/index", "index", "List all models and their states.",
                body: OpenAPISchemas.reference("IndexRequest"), isBodyRequired: false, answers: [Answer(200, "The models.", "Index")],
                refusals: [413, 415]),
            OpenAPIOperation(
                "post", "/v2/repository/models/{model}/load", "load", "Load a model, or load it again.", parameters: [model(models)],
                answers: [Answer(200, "It is loaded.", "Nothing")], refusals: [404, 409]),
            OpenAPIOperation(
                "post", "/v2/repository/models/{model}/unload", "unload", "Unload a model.", parameters: [model(models)],
                answers: [Answer(200, "It is unloaded.", "Nothing")], refusals: [404, 409]),
        ]
    }

    private static func scoring(_ models: [String]) -> [OpenAPIOperation] {
        func lives(_ path: String, _ identifier: String) -> OpenAPIOperation {
            OpenAPIOperation(
                "get", path, identifier, "Tell whether every model is ready, as MLflow's server does.",
                answers: [200, 503].map { Answer($0, "An empty line.", nil, contentType: "text/plain") })
        }
        return [
            lives("/ping", "ping"), lives("/health", "health"),
            OpenAPIOperation(
                "get", "/version", "version", "Tell the program's version.", answers: [Answer(200, "It.", nil, contentType: "text/plain")]),
            OpenAPIOperation(
                "post", "/invocations", "invoke", "Predict, as MLflow's scoring server does.",
                parameters: [
                    ["name": "model", "in": "query", "required": .boolean(models.count > 1), "schema": names(models)]
                ],
                body: OpenAPISchemas.reference("Invocation"), answers: [Answer(200, "The predictions.", "Predictions")],
                refusals: [404, 413, 415, 429, 504], refusalSchema: "InvocationError"),
        ]
    }

    private static func model(_ models: [String]) -> JSONValue {
        ["name": "model", "in": "path", "required": true, "schema": names(models)]
    }

    private static func names(_ models: [String]) -> JSONValue {
        models.isEmpty ? ["type": "string"] : ["type": "string", "enum": .array(models.map(JSONValue.string))]
    }

    private static let version: JSONValue = [
        "name": "version", "in": "path", "required": true, "schema": ["type": "integer", "minimum": 1, "maximum": .integer(Int64.max)],
    ]
}
