import MartletCore
import MartletStore

/// Runs as files: `meta.yaml`, and folders of parameters, tags, inputs and outputs.
extension FileSource {
    func runs(_ keys: [String]) async throws -> SourceBatch<SourceRun> {
        try .reading(.runs, keys) { key in
            let folder = try place(.runs, key)
            let meta = try folder.meta()
            let tags = try folder.texts(in: "tags")
            var run = TrackedRun(try info(key, meta, tags))
            run.tags = tags
            run.parameters = try folder.texts(in: "params")
            try addInputs(of: folder, to: &run)
            run.modelOutputs = try folder.folder("outputs").folders().map { output in
                let meta = try output.meta()
                return ModelOutput(try meta.required("destination_id"), step: try meta.integer("step") ?? 0)
            }
            return SourceRun(
                run: run, deletedAt: try meta.integer("deleted_time"),
                artifacts: SourceArtifacts(owner: key, uri: run.info.artifactURI, folder: folder.folder("artifacts").path))
        }
    }

    private func info(_ key: String, _ meta: YAMLMapping, _ tags: [KeyedText]) throws -> TrackedRun.Info {
        let status = try meta.integer("status") ?? 1
        guard let status = Int(exactly: status).flatMap(TrackedRun.Status.init(rawValue:)) else {
            throw MartletError(.invalidInput, "'\(meta.path)': expected a status from 1 to 5, found \(status)")
        }
        let name = try meta.text("run_name") ?? meta.text("name") ?? ""
        return TrackedRun.Info(
            id: key, experiment: try experiment(meta.required("experiment_id"), in: meta),
            name: name.isEmpty ? tags.first { $0.key == TrackingStore.nameTag }?.value ?? "" : name, user: try meta.text("user_id") ?? "",
            status: status, startedAt: try meta.integer("start_time") ?? 0, endedAt: try meta.integer("end_time"),
            artifactURI: try meta.text("artifact_uri") ?? "", stage: try meta.stage())
    }

    /// Datasets lie beside runs, and inputs name them by their folders.
    private func addInputs(of folder: SourceFolder, to run: inout TrackedRun) throws {
        let datasets = SourceFolder(Directory.parent(of: folder.path)).folder("datasets")
        for input in try folder.folder("inputs").folders() {
            let meta = try input.meta()
            let source = try meta.required("source_id")
            guard try meta.text("source_type") == "DATASET" else {
                run.modelInputs.append(source)
                continue
            }
            guard !source.contains("/"), source != "..", source != "." else {
                throw MartletError(.invalidInput, "'\(meta.path)': expected a dataset beside the run, found '\(source.prefix(80))'")
            }
            guard datasets.exists, datasets.folder(source).exists else {
                throw MartletError(
                    .notFound, "'\(meta.path)': there is no dataset '\(source.prefix(80))' beside the run; restore its folder")
            }
            var dataset = try self.dataset(datasets.folder(source).meta())
            dataset.tags = try meta.texts("tags").map(KeyedText.init)
            run.datasets.append(dataset)
        }
    }

    private func dataset(_ meta: YAMLMapping) throws -> DatasetInput {
        DatasetInput(
            name: try meta.required("name"), digest: try meta.required("digest"), sourceType: try meta.text("source_type") ?? "",
            source: try meta.text("source") ?? "", schema: try meta.text("schema"), profile: try meta.text("profile"))
    }
}
