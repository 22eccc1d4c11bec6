import MartletRegistry

/// The model registry in MLflow's form.
extension JSONOutput {
    // What is expected of a version, and of a model with two of them.
    private static let versionSizeBytes = 512
    private static let modelSizeBytes = 1536

    /// `{"registered_model": …}`.
    static func model(_ model: RegisteredModel) -> [UInt8] {
        var output = JSONOutput(sizeBytes: modelSizeBytes)
        output.object {
            $0.name("registered_model")
            $0.write(model)
        }
        return output.finished()
    }

    /// A page of a search; `next` is the token of the page behind it.
    static func models(_ models: [RegisteredModel], next: String?) -> [UInt8] {
        var output = JSONOutput(sizeBytes: models.count * modelSizeBytes + 64)
        output.object { output in
            output.member("registered_models", list: models) { $0.write($1) }
            if let next { output.member("next_page_token", next) }
        }
        return output.finished()
    }

    /// `{"model_version": …}`.
    static func version(_ version: ModelVersion) -> [UInt8] {
        var output = JSONOutput(sizeBytes: versionSizeBytes)
        output.object {
            $0.name("model_version")
            $0.write(version)
        }
        return output.finished()
    }

    /// Some versions; `next` is the token of the page behind them.
    static func versions(_ versions: [ModelVersion], next: String?) -> [UInt8] {
        var output = JSONOutput(sizeBytes: versions.count * versionSizeBytes + 64)
        output.object { output in
            output.member("model_versions", list: versions) { $0.write($1) }
            if let next { output.member("next_page_token", next) }
        }
        return output.finished()
    }

    /// `{"artifact_uri": …}`.
    static func downloadURI(_ uri: String) -> [UInt8] {
        var output = JSONOutput(sizeBytes: 256)
        output.object { $0.member("artifact_uri", uri) }
        return output.finished()
    }

    private mutating func write(_ model: RegisteredModel) {
        object { output in
            output.member("name", model.name)
            output.member("creation_timestamp", model.createdAt)
            output.member("last_updated_timestamp", model.updatedAt)
            if let description = model.description, !description.isEmpty { output.member("description", description) }
            output.member("latest_versions", list: model.latestVersions) { $0.write($1) }
            output.member("tags", list: model.tags) { $0.write($1) }
            output.member("aliases", list: model.aliases) { output, alias in
                output.object {
                    $0.member("alias", alias.name)
                    $0.member("version", String(alias.version))
                }
            }
        }
    }

    private mutating func write(_ version: ModelVersion) {
        object { output in
            output.member("name", version.model)
            output.member("version", String(version.version))
            output.member("creation_timestamp", version.createdAt)
            output.member("last_updated_timestamp", version.updatedAt)
            output.member("current_stage", version.stage.name)
            if let description = version.description { output.member("description", description) }
            output.member("source", version.source)
            if let run = version.run { output.member("run_id", run) }
            output.member("status", "READY")
            output.member("tags", list: version.tags) { $0.write($1) }
            output.member("run_link", version.runLink)
            output.member("aliases", list: version.aliases) { $0.write($1) }
        }
    }
}
