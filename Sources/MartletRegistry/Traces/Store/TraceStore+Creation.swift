import MartletStore

extension TraceStore {
    /// Takes what a client tells of a trace once it has ended. Where the trace is there already, as spans may come first, what the client
    /// tells takes the place of what was known; tags, metadata and assessments are set beside those that there are.
    /// - Parameter mayChange: whether what is known of a trace of an experiment may be changed.
    package func create(_ info: TraceInfo, mayChange: @escaping @Sendable (Int64) -> Bool = { _ in true }) async throws -> TraceInfo {
        let checked = try self.checked(info)
        let (ids, time) = (info.assessments.map { _ in "a-" + tracking.makeID() }, tracking.now)
        return try await tracking.write { session in
            let location = try session.activeArtifactLocation(checked.experiment)
            let known = try session.optionalTraceRow(checked.id)
            if let known { try Self.check(known, mayChange) }
            let trace = try known.map { try session.update($0, checked) } ?? session.insert(checked)
            for tag in checked.tags { try session.setText(tag, .tags, trace) }
            let place = KeyedText(TraceKey.artifactLocation, ArtifactLocation(location).artifacts(ofTrace: checked.id))
            try session.setText(place, .tags, trace)
            try session.setMetadata(checked.metadata + [KeyedText(TraceKey.isFinal, "true")], trace)
            for (assessment, id) in zip(checked.assessments, ids) {
                let own = assessment.stored(id: id, at: time)
                try session.connection.execute(
                    "DELETE FROM trace_assessments WHERE id = ? AND trace = ?", [.text(own.id), .integer(trace)])
                try session.insert(own, trace, checked.id)
            }
            return try session.traceInfo(checked.id)
        }
    }

    /// - Throws: `permissionDenied` for a trace of an experiment that is none of whoever asks.
    static func check(_ known: TraceRow, _ mayChange: (Int64) -> Bool) throws(TrackingFault) {
        guard !mayChange(known.experiment) else { return }
        throw TrackingFault(.permissionDenied, "Permission denied: there is a trace of that id in another experiment.")
    }

    private func checked(_ info: TraceInfo) throws -> TraceInfo {
        guard !info.id.isEmpty else {
            throw TrackingFault(.invalidParameterValue, "Missing value for required parameter 'trace_id'.")
        }
        try KeyRule.checkLength(info.id, "trace_id", max: Self.idLengthMax)
        for tag in info.tags { _ = try Self.checked(name: tag) }
        try Self.checkSession(info.metadata)
        try Self.checkTime(info.startedAt)
        return info
    }

    /// Times from the year 1 to 9999, which is what protocol buffers have.
    private static let times = Int64(-62_135_596_800_000)...253_402_300_799_999

    private static func checkTime(_ time: Int64) throws(TrackingFault) {
        guard times.contains(time) else {
            throw TrackingFault(
                .invalidParameterValue, "the time \(time) is not within \(times) milliseconds since 1970; send one that is")
        }
    }

    static func checkSession(_ metadata: [KeyedText]) throws(TrackingFault) {
        for pair in metadata where pair.key == TraceKey.session {
            try KeyRule.checkLength(pair.value, "Session ID", max: sessionLengthMax)
        }
    }

    // MARK: MLflow 2

    /// Begins a trace whose identifier is made here.
    package func begin(
        experiment: Int64, startedAt: Int64, metadata: [KeyedText] = [], tags: [KeyedText] = []
    ) async throws -> TraceInfo {
        for tag in tags { _ = try Self.checked(name: tag) }
        try Self.checkSession(metadata)
        try Self.checkTime(startedAt)
        let info = TraceInfo(id: tracking.makeID(), experiment: experiment, startedAt: startedAt, state: .inProgress)
        return try await tracking.write { session in
            let location = try session.activeArtifactLocation(experiment)
            let trace = try session.insert(info)
            let place = KeyedText(TraceKey.artifactLocation, ArtifactLocation(location).artifacts(ofTrace: info.id))
            for tag in tags + [place] { try session.setText(tag, .tags, trace) }
            try session.setMetadata(metadata, trace)
            return try session.traceInfo(info.id)
        }
    }

    /// Ends a trace; metadata and tags are set beside those that there are.
    package func end(
        _ id: String, at time: Int64, state: TraceInfo.State, metadata: [KeyedText] = [], tags: [KeyedText] = []
    ) async throws -> TraceInfo {
        for tag in tags { _ = try Self.checked(name: tag) }
        try Self.checkSession(metadata)
        try Self.checkTime(time)
        return try await tracking.write { session in
            let row = try session.traceRow(id)
            try session.connection.execute(
                "UPDATE traces SET duration = ?, state = ? WHERE number = ?",
                [.integer(time - row.info.startedAt), .integer(Int64(state.rawValue)), .integer(row.number)])
            for tag in tags { try session.setText(tag, .tags, row.number) }
            try session.setMetadata(metadata, row.number)
            return try session.traceInfo(id)
        }
    }
}

// MARK: - Within a write

extension TrackingSession {
    /// The artifact location of an active experiment.
    func activeArtifactLocation(_ experiment: Int64) throws -> String {
        try requireActiveExperiment(experiment)
        return try artifactLocation(experiment)
    }

    func artifactLocation(_ experiment: Int64) throws -> String {
        let sql = "SELECT artifact_location FROM tracked_experiments WHERE id = ?"
        guard let location = try connection.first(sql, [.integer(experiment)], { $0.text(0) }) else {
            throw TrackingFault.noExperiment(experiment)
        }
        return location
    }

    func insert(_ info: TraceInfo) throws -> Int64 {
        let number = try connection.first(
            """
            INSERT INTO traces (id, experiment, started_at, duration, state, client_request, request_preview, response_preview)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING number
            """,
            [
                .text(info.id), .integer(info.experiment), .integer(info.startedAt), .optional(info.duration),
                .integer(Int64(info.state.rawValue)), .optional(info.clientRequestID), .optional(info.requestPreview),
                .optional(info.responsePreview),
            ]
        ) { $0.integer(0) }
        guard let number else { throw TrackingFault(.internalError, "the database gave trace '\(info.id)' no number; try again") }
        return number
    }

    /// Puts what a client tells in the place of what spans told. - Returns: the trace's number.
    func update(_ row: TraceRow, _ info: TraceInfo) throws -> Int64 {
        try connection.execute(
            """
            UPDATE traces SET experiment = ?, started_at = ?, duration = ?, state = ?, client_request = ?,
                request_preview = COALESCE(?, request_preview), response_preview = COALESCE(?, response_preview)
            WHERE number = ?
            """,
            [
                .integer(info.experiment), .integer(info.startedAt), .optional(info.duration), .integer(Int64(info.state.rawValue)),
                .optional(info.clientRequestID), .optional(info.requestPreview), .optional(info.responsePreview), .integer(row.number),
            ])
        return row.number
    }

    /// Sets metadata; sums of tokens and costs are kept in one form, and only as far as they are numbers.
    func setMetadata(_ metadata: [KeyedText], _ trace: Int64) throws {
        for pair in metadata {
            guard let usage = TraceUsage(rawValue: pair.key) else {
                try setText(pair, .metadata, trace)
                continue
            }
            let known = try text(pair.key, .metadata, trace)
            if let merged = usage.merged(known, pair.value) { try setText(KeyedText(pair.key, merged), .metadata, trace) }
        }
    }
}

extension ArtifactLocation {
    /// Where the artifacts of a trace lie; a query stays at the end.
    func artifacts(ofTrace trace: String) -> String { artifacts(ofRun: "traces/\(trace)") }
}
