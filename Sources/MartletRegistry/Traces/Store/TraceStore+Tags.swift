import MartletStore

extension TraceStore {
    /// Sets a tag; a later value takes the place of an earlier one.
    package func setTag(_ tag: KeyedText, trace id: String) async throws {
        try Self.requireFree(tag.key, "set")
        let tag = try checked(tag: tag)
        try await tracking.write { session in
            guard let row = try session.optionalTraceRow(id) else {
                throw tag.key == TraceKey.name
                    ? TrackingFault.noTrace(id)
                    : TrackingFault(.badRequest, "(sqlite3.IntegrityError) FOREIGN KEY constraint failed")
            }
            try session.setText(tag, .tags, row.number)
        }
    }

    /// Deletes a tag.
    package func deleteTag(_ key: String, trace id: String) async throws {
        if key != TraceKey.archivalFailure { try Self.requireFree(key, "deleted") }
        try await tracking.write { session in
            var count = 0
            if let row = try session.optionalTraceRow(id), let number = try session.keys.number(of: key) {
                count = try session.connection.execute(
                    "DELETE FROM trace_tags WHERE trace = ? AND key = ?", [.integer(row.number), .integer(number)])
            }
            guard count > 0 else {
                throw TrackingFault(.resourceDoesNotExist, "No trace tag with key '\(key)' for trace with ID '\(id)'")
            }
        }
    }

    private static func requireFree(_ key: String, _ operation: String) throws(TrackingFault) {
        guard !TraceKey.fixed.contains(key) else {
            throw TrackingFault(.invalidParameterValue, "Tag '\(key)' is immutable and cannot be \(operation) on a trace.")
        }
    }
}
