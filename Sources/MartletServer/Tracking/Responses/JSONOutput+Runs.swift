import MartletRegistry

/// Runs in MLflow's form. What is empty is left out where MLflow leaves it out, since its clients tell the two apart.
extension JSONOutput {
    /// Which parts of a run an answer has.
    enum RunParts {
        /// A run that was just made has no outputs yet.
        case created
        case whole
        /// Of a search: without the models that went in.
        case found
    }

    /// What is expected of a run that has logged nothing.
    private static let infoSizeBytes = 512

    /// `{"run": …}`.
    static func run(_ run: TrackedRun, _ parts: RunParts = .whole) -> [UInt8] {
        var output = JSONOutput(sizeBytes: infoSizeBytes)
        output.object {
            $0.name("run")
            $0.write(run, parts)
        }
        return output.finished()
    }

    /// `{"run_info": …}`.
    static func runInfo(_ info: TrackedRun.Info) -> [UInt8] {
        var output = JSONOutput(sizeBytes: infoSizeBytes)
        output.object {
            $0.name("run_info")
            $0.write(info)
        }
        return output.finished()
    }

    /// A page of a search; `next` is the token of the page behind it.
    static func runs(_ runs: [TrackedRun], next: String?) -> [UInt8] {
        var output = JSONOutput(sizeBytes: runs.reduce(64) { $0 + expectedSizeBytes($1) })
        output.object { output in
            output.member("runs", list: runs) { $0.write($1, .found) }
            if let next { output.member("next_page_token", next) }
        }
        return output.finished()
    }

    private static func expectedSizeBytes(_ run: TrackedRun) -> Int {
        infoSizeBytes + run.metrics.count * 112 + (run.parameters.count + run.tags.count) * 72
            + (run.datasets.count + run.modelOutputs.count) * 256
    }

    mutating func write(_ run: TrackedRun, _ parts: RunParts) {
        object { output in
            output.name("info")
            output.write(run.info)
            output.name("data")
            output.object {
                $0.member("metrics", list: run.metrics) { $0.write($1) }
                $0.member("params", list: run.parameters) { $0.write($1) }
                $0.member("tags", list: run.tags) { $0.write($1) }
            }
            output.name("inputs")
            output.object {
                $0.member("dataset_inputs", list: run.datasets) { $0.write($1) }
                guard parts != .found else { return }
                $0.member("model_inputs", list: run.modelInputs) { output, id in output.object { $0.member("model_id", id) } }
            }
            guard parts != .created else { return }
            output.name("outputs")
            output.object { $0.member("model_outputs", list: run.modelOutputs) { $0.write($1) } }
        }
    }

    mutating func write(_ info: TrackedRun.Info) {
        object {
            $0.member("run_uuid", info.id)
            $0.member("experiment_id", String(info.experiment))
            $0.member("run_name", info.name)
            $0.member("user_id", info.user)
            $0.member("status", info.status.wireName)
            $0.member("start_time", info.startedAt)
            if let endedAt = info.endedAt { $0.member("end_time", endedAt) }
            $0.member("artifact_uri", info.artifactURI)
            $0.member("lifecycle_stage", info.stage.rawValue)
            $0.member("run_id", info.id)
        }
    }

    // Most of a page is pairs and metrics, so that they are written in one go.

    mutating func write(_ pair: KeyedText) {
        var pair = pair
        pair.key.withUTF8 { key in
            pair.value.withUTF8 { text in
                value(sizeMaxBytes: 32 + JSONWriter.sizeMaxBytes(key) + JSONWriter.sizeMaxBytes(text)) { writer in
                    writer.write("{\"key\":")
                    writer.write(text: key)
                    writer.write(",\"value\":")
                    writer.write(text: text)
                    writer.write(byte: UInt8(ascii: "}"))
                }
            }
        }
    }

    mutating func write(_ metric: LoggedMetric) {
        var key = metric.key
        key.withUTF8 { key in
            value(sizeMaxBytes: 128 + JSONWriter.sizeMaxBytes(key)) { writer in
                writer.write("{\"key\":")
                writer.write(text: key)
                writer.write(",\"value\":")
                writer.write(python: metric.value)
                writer.write(",\"timestamp\":")
                writer.write(metric.at)
                writer.write(",\"step\":")
                writer.write(metric.step)
                writer.write(byte: UInt8(ascii: "}"))
            }
        }
    }

    private mutating func write(_ input: DatasetInput) {
        object { output in
            output.member("tags", list: input.tags) { $0.write($1) }
            output.name("dataset")
            output.object {
                $0.member("name", input.name)
                $0.member("digest", input.digest)
                $0.member("source_type", input.sourceType)
                $0.member("source", input.source)
                if let schema = input.schema { $0.member("schema", schema) }
                if let profile = input.profile { $0.member("profile", profile) }
            }
        }
    }

    private mutating func write(_ model: ModelOutput) {
        object {
            $0.member("model_id", model.model)
            $0.member("step", model.step)
        }
    }
}

extension TrackedRun.Status {
    /// The status as it is called on the wire.
    var wireName: String {
        switch self {
        case .running: "RUNNING"
        case .scheduled: "SCHEDULED"
        case .finished: "FINISHED"
        case .failed: "FAILED"
        case .killed: "KILLED"
        }
    }
}
