import MartletRegistry

/// Experiments in MLflow's form.
extension JSONOutput {
    /// The one workspace that there is.
    private static let workspace = "default"
    private static let experimentSizeBytes = 512

    /// `{"experiment": …}`.
    static func experiment(_ experiment: Experiment) -> [UInt8] {
        var output = JSONOutput(sizeBytes: experimentSizeBytes)
        output.object {
            $0.name("experiment")
            $0.write(experiment)
        }
        return output.finished()
    }

    /// `{"experiment_id": …}`.
    static func experimentID(_ id: Int64) -> [UInt8] {
        var output = JSONOutput(sizeBytes: 64)
        output.object { $0.member("experiment_id", String(id)) }
        return output.finished()
    }

    /// A page of a search; `next` is the token of the page behind it.
    static func experiments(_ experiments: [Experiment], next: String?) -> [UInt8] {
        var output = JSONOutput(sizeBytes: experiments.count * experimentSizeBytes + 64)
        output.object { output in
            output.member("experiments", list: experiments) { $0.write($1) }
            if let next { output.member("next_page_token", next) }
        }
        return output.finished()
    }

    mutating func write(_ experiment: Experiment) {
        object { output in
            output.member("experiment_id", String(experiment.id))
            output.member("name", experiment.name)
            output.member("artifact_location", experiment.artifactLocation)
            output.member("lifecycle_stage", experiment.stage.rawValue)
            output.member("last_update_time", experiment.updatedAt)
            output.member("creation_time", experiment.createdAt)
            output.member("tags", list: experiment.tags) { $0.write($1) }
            output.member("workspace", Self.workspace)
        }
    }
}
