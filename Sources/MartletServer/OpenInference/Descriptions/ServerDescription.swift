package import MartletCore

/// What a server says of itself.
package struct ServerDescription: Sendable {
    package var name: String
    package var version: String
    /// The protocol's extensions that it has, by the names that Triton gives them.
    package var extensions: [String]

    /// The extensions that this module has bodies for.
    package static let extensions = [
        "classification", "model_configuration", "model_repository", "statistics", "binary_tensor_data", "parameters", "schedule_policy",
    ]

    /// Makes a description.
    package init(name: String = "martlet", version: String, extensions: [String] = Self.extensions) {
        self.name = name
        self.version = version
        self.extensions = extensions
    }

    /// The body of `GET /v2`.
    package var json: JSONValue {
        ["name": .string(name), "version": .string(version), "extensions": .array(extensions.map(JSONValue.string))]
    }

    /// The body of `GET /v2/health/live` and `/ready`: some clients read one member, some the other.
    package static func health(isReady: Bool) -> JSONValue { ["live": true, "ready": .boolean(isReady)] }
}
