import MartletRegistry

/// Logged models in MLflow's form.
extension JSONOutput {
    private static let modelSizeBytes = 1024

    /// `{"model": …}`.
    static func loggedModel(_ model: LoggedModel) -> [UInt8] {
        var output = JSONOutput(sizeBytes: modelSizeBytes)
        output.object {
            $0.name("model")
            $0.write(model)
        }
        return output.finished()
    }

    /// A page of a search; `next` is the token of the page behind it.
    static func loggedModels(_ models: [LoggedModel], next: String?) -> [UInt8] {
        var output = JSONOutput(sizeBytes: models.count * modelSizeBytes + 64)
        output.object { output in
            output.member("models", list: models) { $0.write($1) }
            if let next { output.member("next_page_token", next) }
        }
        return output.finished()
    }

    /// Files of a model, and the address of its folder.
    static func modelFiles(_ files: [ModelFile], root: String) -> [UInt8] {
        var output = JSONOutput(sizeBytes: files.count * 128 + 256)
        output.object { output in
            output.member("root_uri", root)
            output.member("files", list: files) { output, file in
                output.object {
                    $0.member("path", file.path)
                    $0.name("is_dir")
                    $0.write(file.sizeBytes == nil)
                    if let size = file.sizeBytes { $0.member("file_size", size) }
                }
            }
        }
        return output.finished()
    }

    private mutating func write(_ model: LoggedModel) {
        object { output in
            output.name("info")
            output.writeInfo(model)
            output.name("data")
            output.object {
                $0.member("params", list: model.parameters) { $0.write($1) }
                $0.member("metrics", list: model.metrics) { $0.write($1, model.id) }
            }
        }
    }

    private mutating func writeInfo(_ model: LoggedModel) {
        object {
            $0.member("model_id", model.id)
            $0.member("experiment_id", String(model.experiment))
            $0.member("name", model.name)
            $0.member("creation_timestamp_ms", model.createdAt)
            $0.member("last_updated_timestamp_ms", model.updatedAt)
            $0.member("artifact_uri", model.artifactURI)
            $0.member("status", model.status.wireName)
            $0.member("model_type", model.type)
            $0.member("source_run_id", model.sourceRun)
            $0.member("tags", list: model.tags) { $0.write($1) }
        }
    }

    private mutating func write(_ point: LoggedModelMetric, _ model: String) {
        object {
            $0.member("key", point.metric.key)
            $0.member("value", point.metric.value)
            $0.member("timestamp", point.metric.at)
            $0.member("step", point.metric.step)
            if let name = point.dataset.name { $0.member("dataset_name", name) }
            if let digest = point.dataset.digest { $0.member("dataset_digest", digest) }
            $0.member("model_id", model)
            $0.member("run_id", point.run)
        }
    }
}

extension LoggedModel.Status {
    /// The status as it is called on the wire.
    var wireName: String {
        switch self {
        case .unspecified: "LOGGED_MODEL_STATUS_UNSPECIFIED"
        case .pending: "LOGGED_MODEL_PENDING"
        case .ready: "LOGGED_MODEL_READY"
        case .uploadFailed: "LOGGED_MODEL_UPLOAD_FAILED"
        }
    }
}
