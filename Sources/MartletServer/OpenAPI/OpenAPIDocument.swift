import MartletCore

/// The description of a model server's addresses in OpenAPI 3.1, with the names of its models.
///
/// Each model's `infer` has a path of its own, whose schema is that model's: a reader sees which tensors it takes, and a
/// generator of requests makes some that it can answer.
struct OpenAPIDocument {
    /// A model that is ready.
    struct Model {
        var name: String
        var signature: TensorSignature
    }

    let version: String
    let models: [Model]

    /// The document.
    var json: JSONValue {
        var paths = [String: JSONValue]()
        for operation in OpenAPIOperation.fixed(models: models.map(\.name)) + models.map(Self.inference) {
            var path = paths[operation.path]?.object ?? [:]
            path[operation.method] = operation.json
            paths[operation.path] = .object(path)
        }
        return [
            "openapi": "3.1.0",
            "info": [
                "title": "Martlet", "version": .string(version),
                "description": "Models over the Open Inference Protocol, version 2, and MLflow's scoring protocol.",
                "license": ["name": "Apache-2.0", "identifier": "Apache-2.0"],
            ],
            "paths": .object(paths), "components": ["schemas": OpenAPISchemas.all],
        ]
    }

    private static func inference(_ model: Model) -> OpenAPIOperation {
        OpenAPIOperation(
            "post", "/v2/models/\(model.name)/infer", "infer_\(model.name)", "Predict with \(model.name).",
            body: OpenAPISchemas.inferRequest(model.signature), example: OpenAPISchemas.example(model.signature),
            answers: [.init(200, "The model's outputs.", "InferResponse")],
            refusals: [400, 404, 413, 415, 429, 503, 504])
    }
}
