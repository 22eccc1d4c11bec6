import MartletCore
import MartletStore

/// Logged models as files.
extension FileSource {
    func loggedModels(_ keys: [String]) async throws -> SourceBatch<SourceLoggedModel> {
        var flaws = ImportFlaws<ImportFlaw>()
        var batch = try SourceBatch<SourceLoggedModel>.reading(.loggedModels, keys) { key in
            let folder = try place(.loggedModels, key)
            let meta = try folder.meta()
            let created = try meta.integer("creation_timestamp") ?? 0
            let status = try meta.integer("status") ?? 0
            var model = LoggedModel(
                id: key, experiment: try experiment(meta.required("experiment_id"), in: meta), name: try meta.text("name") ?? "",
                artifactURI: try meta.text("artifact_location") ?? "", createdAt: created,
                updatedAt: try meta.integer("last_updated_timestamp") ?? created,
                status: Int(exactly: status).flatMap(LoggedModel.Status.init(rawValue:)) ?? .unspecified, stage: try meta.stage(),
                type: try meta.text("model_type") ?? "", sourceRun: try meta.text("source_run_id") ?? "")
            model.tags = try folder.texts(in: "tags")
            model.parameters = try folder.texts(in: "params")
            model.metrics = try metrics(of: folder, key, &flaws)
            return SourceLoggedModel(
                model: model, artifacts: SourceArtifacts(owner: key, uri: model.artifactURI, folder: folder.folder("artifacts").path))
        }
        batch.lineFlaws = flaws
        return batch
    }

    /// Lines as of runs, with the run behind the step, and the name and digest of a dataset where there is one.
    private func metrics(of folder: SourceFolder, _ model: String, _ flaws: inout ImportFlaws<ImportFlaw>) throws -> [LoggedModelMetric] {
        var metrics: [LoggedModelMetric] = []
        let folder = folder.folder("metrics")
        for file in try folder.files().files {
            var lines = MetricLines(path: "\(folder.path)/\(file)", .loggedModels, model)
            var isAtEnd = false
            while !isAtEnd {
                isAtEnd = try lines.read(1 << 20) { fields in
                    guard fields.count == 4 || fields.count == 6, var metric = LoggedMetric(fields: fields) else { return false }
                    metric.key = file
                    let dataset =
                        fields.count == 6 ? LoggedModelMetric.Dataset(name: String(fields[4]), digest: String(fields[5])) : .init()
                    metrics.append(LoggedModelMetric(metric, run: String(fields[3]), dataset: dataset))
                    return true
                }
            }
            flaws.add(lines.flaws)
        }
        return metrics
    }
}
