import MartletCore
import MartletStore

/// Logged models.
extension ImportRun {
    mutating func bringLoggedModels(_ keys: FreshKeys) async throws {
        let batch = try await source.loggedModels(keys.all)
        leaveOut(.loggedModels, batch.flaws)
        // A line that is no point leaves its model whole.
        report.tell(batch.lineFlaws)
        let known = try await withExperiments(.loggedModels, batch.elements, \.model.experiment, \.model.id)
        let wanted = Set(keys.records)
        let models = known.filter { wanted.contains($0.element.model.id) }.map { model(of: $0.element, $0.experiment) }
        let origins = Dictionary(known.map { ($0.element.model.id, $0.element.artifacts.uri) }, uniquingKeysWith: { first, _ in first })
        let isDry = isDry
        let bring: @Sendable (TrackingSession, ImportMarks) throws -> Int = { session, marks in
            var count = 0
            for model in models {
                let isHere = try session.connection.exists("SELECT 1 FROM logged_models WHERE id = ?", [.text(model.id)])
                if !isHere { count += 1 }
                guard !isDry else { continue }
                if !isHere { try session.bring(model) }
                let mark = ImportMark(origin: origins[model.id] ?? "", target: model.artifactURI, experiment: model.experiment)
                try marks.set(mark, ImportKind.loggedModels.mark, model.id)
            }
            return count
        }
        let count = isDry ? try await read(bring) : try await write(bring)
        report[ImportKind.loggedModels.rawValue].brought += count
        report[ImportKind.loggedModels.rawValue].present += models.count - count
        for (model, experiment) in known where keys.withoutFiles.contains(model.model.id) {
            try await bringFiles(model.artifacts, to: self.model(of: model, experiment).artifactURI, in: experiment)
        }
    }

    private func model(of source: SourceLoggedModel, _ experiment: Int64) -> LoggedModel {
        var model = source.model
        model.experiment = experiment
        model.artifactURI = location(source.artifacts.uri, experiment) { $0.artifacts(ofModel: model.id) }
        return model
    }
}

extension TrackingSession {
    fileprivate func bring(_ model: LoggedModel) throws {
        let number = try insert(model)
        try insert(parameters: model.parameters, number)
        for tag in model.tags { try set(tag: tag, number) }
        for metric in model.metrics {
            let own = ModelMetric(model.id, LogRules.finite(metric.metric), dataset: metric.dataset)
            do {
                // Only the run's name is needed, and the run may be gone.
                try log([own], RunPlace(number: 0, id: metric.run, experiment: model.experiment, stage: .active))
            } catch let fault as TrackingFault where fault.code == .badRequest {
                // Folders may have two values for one step of one time; MLflow's tables keep the first, too.
                continue
            }
        }
    }
}
