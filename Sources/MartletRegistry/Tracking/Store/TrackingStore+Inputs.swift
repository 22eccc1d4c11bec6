import MartletStore

extension TrackingStore {
    /// Records what a run read. A dataset is known by experiment, name and digest, and the first description of it stays; one that the
    /// run has already changes nothing, as does a model.
    package func logInputs(datasets: [DatasetInput], models: [String] = [], run: String) async throws {
        try LogRules.check(runID: run)
        for input in datasets { try DatasetRules.check(input) }
        let ids = datasets.map { _ in "d-" + makeID() }
        try await write { session in
            let place = try session.activeRunPlace(run)
            for (input, id) in zip(datasets, ids) { try session.insert(input, id: id, place) }
            for model in models { _ = try session.insert(model: model, step: 0, isOutput: false, place) }
        }
    }

    /// Records models that a run made, all or none; one that the run has already is refused.
    package func logOutputs(_ models: [ModelOutput], run: String) async throws {
        try await write { session in
            let place = try session.activeRunPlace(run)
            for output in models where try !session.insert(model: output.model, step: output.step, isOutput: true, place) {
                throw TrackingFault.repeatedRow("inputs", ["source_type", "source_id", "destination_type", "destination_id"])
            }
        }
    }

    /// Adds a model to the history that clients of MLflow 2 keep in a tag. - Parameter modelJSON: the model as JSON.
    package func logModel(_ modelJSON: String, run: String) async throws {
        let entry = try ModelHistory.entry(of: modelJSON)
        try await write { session in
            let place = try session.activeRunPlace(run)
            let history = try session.tag(ModelHistory.tag, place)
            try session.setTag(KeyedText(ModelHistory.tag, ModelHistory.appending(entry, to: history)), place)
        }
    }
}

// MARK: - Within a write

extension TrackingSession {
    fileprivate func tag(_ name: String, _ run: RunPlace) throws -> String? {
        guard let key = try keys.number(of: name) else { return nil }
        let sql = "SELECT value FROM tracked_run_tags WHERE run = ? AND key = ?"
        return try connection.first(sql, [.integer(run.number), .integer(key)]) { $0.text(0) }
    }

    /// A dataset that a run read; one that it has already changes nothing.
    func insert(_ input: DatasetInput, id: String, _ run: RunPlace) throws {
        let dataset = try makeDataset(input, id: id, run.experiment)
        let number = try connection.first(
            "INSERT INTO run_datasets (run, dataset) VALUES (?, ?) ON CONFLICT DO NOTHING RETURNING number",
            [.integer(run.number), .integer(dataset)]
        ) { $0.integer(0) }
        guard let number else { return }
        guard Set(input.tags.map { ExactText($0.key) }).count == input.tags.count else {
            throw TrackingFault.repeatedRow("input_tags", ["input_uuid", "name"])
        }
        for tag in input.tags {
            try connection.execute(
                "INSERT INTO run_dataset_tags (input, key, value) VALUES (?, ?, ?)", [.integer(number), .text(tag.key), .text(tag.value)])
        }
    }

    /// The dataset's number. An empty update makes the database return that of a known one.
    private func makeDataset(_ input: DatasetInput, id: String, _ experiment: Int64) throws -> Int64 {
        let number = try connection.first(
            """
            INSERT INTO tracked_datasets (id, experiment, name, digest, source_type, source, schema, profile)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (experiment, name, digest) DO UPDATE SET name = excluded.name RETURNING number
            """,
            [
                .text(id), .integer(experiment), .text(input.name), .text(input.digest), .text(input.sourceType), .text(input.source),
                .optional(input.schema), .optional(input.profile),
            ]
        ) { $0.integer(0) }
        guard let number else { throw TrackingFault(.internalError, "the database gave a dataset no number; try again") }
        return number
    }

    /// - Returns: whether the run did not have the model.
    func insert(model: String, step: Int64, isOutput: Bool, _ run: RunPlace) throws -> Bool {
        try connection.execute(
            "INSERT INTO run_models (run, is_output, model, step) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
            [.integer(run.number), .flag(isOutput), .text(model), .integer(step)]) > 0
    }
}
