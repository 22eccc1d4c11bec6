import MartletCore

/// The JSON schemas of an OpenAPI document.
enum OpenAPISchemas {
    /// A reference to one of `all`.
    static func reference(_ name: String) -> JSONValue { ["$ref": .string("#/components/schemas/\(name)")] }

    /// The schemas that do not depend on models, by name.
    static let all: JSONValue = [
        "Error": object(["error": string]), "InvocationError": object(["error_code": string, "message": string]),
        "Nothing": ["type": "object", "maxProperties": 0],
        "Server": object(["name": string, "version": string, "extensions": array(string)]),
        "Health": object(["live": boolean, "ready": boolean]),
        "Readiness": object(["name": string, "live": boolean, "ready": boolean], optional: ["error": string]),
        "Models": object(["models": array(string)]),
        "Model": object([
            "name": string, "versions": array(string), "platform": string, "inputs": array(metadata), "outputs": array(metadata),
        ]),
        "Configuration": object(["name": string, "platform": string, "backend": string, "max_batch_size": count]),
        "Statistics": object(["model_stats": array(object(["name": string, "version": string, "inference_count": count]))]),
        "IndexRequest": object([:], optional: ["ready": boolean]),
        "Index": array(
            object(
                ["name": string, "state": ["enum": ["READY", "LOADING", "UNLOADING", "UNAVAILABLE"]], "reason": string],
                optional: ["version": string])),
        "InferResponse": object(
            [
                "model_name": string,
                "outputs": array(object(["name": string, "datatype": string, "shape": array(count), "data": array([:])])),
            ],
            optional: ["model_version": string, "id": string]),
        "Invocation": [
            "oneOf": [
                object([
                    "dataframe_split": object(["data": array(array(scalar))], optional: ["columns": array(string), "index": array([:])])
                ]),
                object(["dataframe_records": array(["type": "object", "additionalProperties": scalar])]),
                object(["instances": array([:])]), object(["inputs": [:]]),
            ]
        ],
        "Predictions": object(["predictions": [:]]),
    ]

    /// A request that a model can take. What a schema cannot say is that the elements fill the shape.
    static func inferRequest(_ signature: TensorSignature) -> JSONValue {
        let inputs = signature.inputs.map(input)
        let size = JSONValue.integer(Int64(inputs.count))
        let item: JSONValue = inputs.count == 1 ? inputs[0] : ["anyOf": .array(inputs)]
        return object(
            ["inputs": ["type": "array", "items": item, "minItems": size, "maxItems": size]],
            optional: ["id": string, "parameters": ["type": "object"], "outputs": array(output(signature))])
    }

    /// A request that a model answers.
    static func example(_ signature: TensorSignature) -> JSONValue { ["inputs": .array(signature.inputs.map(example))] }

    // MARK: Tensors

    private static func input(_ entry: TensorSignature.Entry) -> JSONValue {
        let datatypes = ([entry.datatype] + entry.alternatives).map { JSONValue.string($0.rawValue) }
        let rank = JSONValue.integer(Int64(entry.shape.count))
        let size: JSONValue = [
            "type": "integer", "enum": .array(Set(entry.shape.filter { $0 >= 0 } + [1, 2]).sorted().map { .integer(Int64($0)) }),
        ]
        let data = entry.shape.reversed().reduce(element(entry.datatype)) { item, size in
            guard size >= 0 else { return ["type": "array", "items": item, "minItems": 1, "maxItems": 2] }
            return ["type": "array", "items": item, "minItems": .integer(Int64(size)), "maxItems": .integer(Int64(size))]
        }
        return object(
            [
                "name": ["const": .string(entry.name)], "datatype": ["enum": .array(datatypes)],
                "shape": ["type": "array", "items": size, "minItems": rank, "maxItems": rank], "data": data,
            ], optional: ["parameters": ["type": "object"]])
    }

    private static func output(_ signature: TensorSignature) -> JSONValue {
        object(["name": ["enum": .array(signature.outputs.map { .string($0.name) })]], optional: ["parameters": ["type": "object"]])
    }

    private static func element(_ datatype: TensorDatatype) -> JSONValue {
        switch datatype {
        case .bool: boolean
        case .bytes: string
        case .float16, .bfloat16, .float32, .float64: ["type": ["number", "null"]]
        case .uint8, .uint16, .uint32, .uint64: ["type": "integer", "minimum": 0, "maximum": 255]
        case .int8, .int16, .int32, .int64: ["type": "integer", "minimum": -128, "maximum": 127]
        }
    }

    private static func example(_ entry: TensorSignature.Entry) -> JSONValue {
        let shape = entry.shape.map { max($0, 1) }
        let one: JSONValue =
            switch entry.datatype {
            case .bool: false
            case .bytes: "text"
            default: 0
            }
        return [
            "name": .string(entry.name), "datatype": .string(entry.datatype.rawValue),
            "shape": .array(shape.map { .integer(Int64($0)) }), "data": .array(Array(repeating: one, count: shape.reduce(1, *))),
        ]
    }

    private static let metadata = object(["name": string, "datatype": string, "shape": array(["type": "integer", "minimum": -1])])

    // MARK: Words of JSON Schema

    private static let string: JSONValue = ["type": "string"]
    private static let boolean: JSONValue = ["type": "boolean"]
    private static let count: JSONValue = ["type": "integer", "minimum": 0]
    private static let scalar: JSONValue = ["type": ["number", "boolean", "null"]]

    private static func array(_ items: JSONValue) -> JSONValue { ["type": "array", "items": items] }

    private static func object(_ required: [String: JSONValue], optional: [String: JSONValue] = [:]) -> JSONValue {
        var members: [String: JSONValue] = [
            "type": "object", "properties": .object(required.merging(optional) { first, _ in first }),
        ]
        if !required.isEmpty { members["required"] = .array(required.keys.sorted().map(JSONValue.string)) }
        return .object(members)
    }
}
