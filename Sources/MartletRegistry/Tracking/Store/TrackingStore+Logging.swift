import MartletStore

extension TrackingStore {
    /// Logs one value of a metric. The same one again is fine and changes nothing.
    package func logMetric(_ metric: LoggedMetric, run: String) async throws {
        let metric = try rules.checked(metric)
        try await write { session in try session.log([metric], try session.activeRunPlace(run)) }
    }

    /// Logs a parameter. The same value again is fine, another is refused.
    package func logParameter(_ parameter: KeyedText, run: String) async throws {
        let parameter = try rules.checked(parameter: parameter)
        try await write { session in
            guard let old = try session.insert(parameter, try session.activeRunPlace(run)), old != parameter.value else { return }
            throw TrackingFault(
                .invalidParameterValue,
                "Changing param values is not allowed. Param with key='\(parameter.key)' was already logged with value='\(old)' for run "
                    + "ID='\(run)'. Attempted logging new value '\(parameter.value)'.")
        }
    }

    /// Logs metrics, parameters and tags, all or nothing; MLflow keeps what it wrote before a refusal.
    package func log(_ batch: LogBatch, run: String) async throws { try await log(batch, run: run) { _, _ in } }

    /// The same, and more behind the metrics.
    func log(_ batch: LogBatch, run: String, and more: @escaping @Sendable (TrackingSession, RunPlace) throws -> Void) async throws {
        try LogRules.check(runID: run)
        let batch = try rules.checked(batch)
        try await write { session in
            let place = try session.activeRunPlace(run)
            try session.log(batch.parameters, place)
            try session.log(batch.metrics, place)
            try more(session, place)
            for tag in batch.tags { try session.setTag(tag, place) }
        }
    }

    /// Sets a tag; a later value takes the place of an earlier one.
    package func setTag(_ tag: KeyedText, run: String) async throws {
        let tag = try rules.checked(tag: tag)
        try await write { session in try session.setTag(tag, try session.activeRunPlace(run)) }
    }

    /// Deletes a tag.
    package func deleteTag(_ key: String, run: String) async throws {
        try await write { session in
            let place = try session.activeRunPlace(run)
            let count = try session.keys.number(of: key).map { number in
                try session.connection.execute(
                    "DELETE FROM tracked_run_tags WHERE run = ? AND key = ?", [.integer(place.number), .integer(number)])
            }
            guard let count, count > 0 else {
                throw TrackingFault(.resourceDoesNotExist, "No tag with name: \(key) in run with id \(run)")
            }
        }
    }
}

// MARK: - Within a write

extension TrackingSession {
    /// Sets a tag, and the run's name where it is that. A name cannot be cleared.
    func setTag(_ tag: KeyedText, _ run: RunPlace) throws {
        if tag.key == TrackingStore.nameTag {
            if tag.value.isEmpty { return }
            try connection.executeLater(
                "UPDATE tracked_runs SET name = ? WHERE number = ?", [.text(tag.value), .integer(run.number)])
        }
        try connection.executeLater(
            """
            INSERT INTO tracked_run_tags (run, key, value) VALUES (?, ?, ?)
            ON CONFLICT (run, key) DO UPDATE SET value = excluded.value
            """,
            [.integer(run.number), .integer(try keys.makeNumber(of: tag.key)), .text(tag.value)])
    }

    /// Logs a parameter that the run does not have. - Returns: the value that it has; `nil` where it had none.
    func insert(_ parameter: KeyedText, _ run: RunPlace) throws -> String? {
        let key = SQLValue.integer(try keys.makeNumber(of: parameter.key))
        let count = try connection.execute(
            "INSERT INTO tracked_run_parameters (run, key, value) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            [.integer(run.number), key, .text(parameter.value)])
        if count > 0 { return nil }
        return try connection.first(
            "SELECT value FROM tracked_run_parameters WHERE run = ? AND key = ?", [.integer(run.number), key]
        ) { $0.text(0) }
    }

    /// Logs parameters with distinct keys.
    func log(_ parameters: [KeyedText], _ run: RunPlace) throws {
        var conflicts: [String] = []
        for parameter in parameters {
            guard let old = try insert(parameter, run), old != parameter.value else { continue }
            conflicts.append(
                "{'key': \(PythonText.quoted(parameter.key)), 'old_value': \(PythonText.quoted(old)), "
                    + "'new_value': \(PythonText.quoted(parameter.value))}")
        }
        guard conflicts.isEmpty else {
            throw TrackingFault(
                .invalidParameterValue,
                "Changing param values is not allowed. Params were already logged='[\(conflicts.joined(separator: ", "))]' for run "
                    + "ID='\(run.id)'.")
        }
    }
}
